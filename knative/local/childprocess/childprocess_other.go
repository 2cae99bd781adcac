//go:build !linux

package childprocess

import "syscall"

// Attributes keep Ctrl-C in the terminal from a child.
func Attributes(as *syscall.Credential, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Setpgid: true}
}
