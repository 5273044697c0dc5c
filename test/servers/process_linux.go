package servers

import "syscall"

// childAttributes put a server into a process group of its own, which keeps a
// Ctrl-C from it until the tests have cleaned up, and let the kernel kill it
// when the program that started it is gone.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
