package activator

import "syscall"

// attributes keeps Ctrl-C in the terminal away from the function (the activator drains it) and lets the kernel end
// it if the activator is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
