//go:build linux

// Command withoutnetlink runs a program that can open no netlink socket: it does not hear of network interfaces that come
// and go. A browser that does gives up the connections that it is about to make, to this machine too
// (net::ERR_NETWORK_CHANGED), and on a machine with containers that is at any time.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// What the kernel's headers name in linux/prctl.h, linux/seccomp.h and linux/filter.h, and the syscall package does not.
const (
	setNoNewPrivileges = 38 // PR_SET_NO_NEW_PRIVS: without it only root may filter
	setFilter          = 22 // PR_SET_SECCOMP
	filterMode         = 2  // SECCOMP_MODE_FILTER
	refuse             = 0x00050000 | uint32(syscall.EAFNOSUPPORT)
	allow              = 0x7fff0000
	number, argument   = 0, 16 // where a call's number and its first argument are in struct seccomp_data
)

// filter refuses socket(AF_NETLINK, …), as a kernel without netlink would.
var filter = []syscall.SockFilter{
	{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS, K: number},
	{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, K: syscall.SYS_SOCKET, Jf: 3},
	{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS, K: argument},
	{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, K: syscall.AF_NETLINK, Jf: 1},
	{Code: syscall.BPF_RET | syscall.BPF_K, K: refuse},
	{Code: syscall.BPF_RET | syscall.BPF_K, K: allow},
}

func main() {
	runtime.LockOSThread() // a filter is a thread's, and what it then runs has it
	restrict()             // where that is not allowed, the program learns of them
	err := syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
	os.Exit(127)
}

func restrict() {
	program := syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, failed := syscall.RawSyscall(syscall.SYS_PRCTL, setNoNewPrivileges, 1, 0); failed == 0 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setFilter, filterMode, uintptr(unsafe.Pointer(&program)))
	}
}
