package servers

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// TestKilledParent kills the program that started a server, and then waits for
// the server's end on a connection to it.
func TestKilledParent(t *testing.T) {
	parent, addr := launchRole(t, "parent")
	if err := parent.ready(t.Context(), "http://"+addr+"/ready"); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := killOnly(parent.pid); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the server outlives the program that started it: reading from it = %v", err)
	}
}

// killOnly kills one process, not its group: the parent does not get to tidy up.
func killOnly(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}
