package browser

import (
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"github.com/chromedp/chromedp"
)

// withoutNetlink is the program of that name, built once.
var withoutNetlink = sync.OnceValues(func() (string, error) {
	path, err := exec.Command("go", "tool", "-n", "withoutnetlink").Output()
	return strings.TrimSpace(string(path)), err
})

// deafToTheNetwork starts the browser so that it does not hear of network interfaces that come and go. Where that cannot be,
// it learns of them, and Navigate repeats what it gives up.
func deafToTheNetwork() []chromedp.ExecAllocatorOption {
	wrapper, err := withoutNetlink()
	if err != nil {
		return nil
	}
	return []chromedp.ExecAllocatorOption{chromedp.ModifyCmdFunc(func(c *exec.Cmd) {
		c.Args = append([]string{wrapper, c.Path}, c.Args[1:]...)
		c.Path = wrapper
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // as chromedp does if nothing is modified
	})}
}
