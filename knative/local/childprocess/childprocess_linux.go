package childprocess

import "syscall"

// Attributes keep Ctrl-C in the terminal from a child, and let the kernel send it a signal if its parent is killed.
// as is the user that it runs as; nil: the parent's.
func Attributes(as *syscall.Credential, atParentsDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Setpgid: true, Pdeathsig: atParentsDeath}
}
