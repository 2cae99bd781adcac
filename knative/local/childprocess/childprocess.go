// Package childprocess has what starting a child process on this machine needs: its attributes, a port, its last words.
package childprocess

import (
	"context"
	"fmt"
	"net"
	"strings"
)

// FreePort is a TCP port on which nothing listens at the moment.
func FreePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// LastLine is the last line of a process's output: usually why it ended.
func LastLine(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return lines[len(lines)-1]
}
