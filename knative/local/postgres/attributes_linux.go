package postgres

import "syscall"

// attributes also asks the kernel to stop the server at once if this process is killed, so that a `kill -9` leaves
// no database behind that would keep the next one out.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Setpgid: true, Pdeathsig: syscall.SIGINT}
}
