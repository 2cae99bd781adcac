package browser

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// inside names the variable that tells this test that withoutnetlink runs it.
const inside = "RUN_WITHOUT_NETLINK"

// What withoutnetlink runs has every socket but those that tell of the network.
func TestWithoutNetlinkOnlyNetlinkIsRefused(t *testing.T) {
	t.Parallel()
	if os.Getenv(inside) == "" {
		wrapper, err := withoutNetlink()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), wrapper, os.Args[0], "-test.run=^"+t.Name()+"$")
		c.Env = append(os.Environ(), inside+"=yes")
		if output, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, output)
		}
		return
	}
	for name, c := range map[string]struct {
		family int
		want   error
	}{"netlink": {syscall.AF_NETLINK, syscall.EAFNOSUPPORT}, "internet": {syscall.AF_INET, nil}, "local": {syscall.AF_UNIX, nil}} {
		socket, err := syscall.Socket(c.family, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
		if err == nil {
			_ = syscall.Close(socket)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("a socket of the kind %s: %v, want %v", name, err, c.want)
		}
	}
}
