//go:build !linux

package servers

import "syscall"

// childAttributes put a server into a process group of its own. Only Linux can
// tie its life to ours.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
