// Command caller tries to reach addresses until all is as its arguments say: "+host:port" must be reached, "-host:port" must
// not. It prints what is not so, and ends with 1 if that is still so after half a minute.
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	for deadline := time.Now().Add(30 * time.Second); ; {
		wrong := misses(os.Args[1:])
		if len(wrong) == 0 {
			return
		}
		if time.Now().After(deadline) {
			fmt.Println(strings.Join(wrong, "\n"))
			os.Exit(1)
		}
	}
}

// misses asks all at once, so that a network that only drops what it does not let through is waited for once.
func misses(wanted []string) []string {
	answers := make(chan string, len(wanted))
	for _, w := range wanted {
		go func() {
			c, err := net.DialTimeout("tcp", w[1:], 2*time.Second) // #nosec G704 -- what the test names
			if err == nil {
				err = c.Close()
			}
			if (err == nil) != (w[0] == '+') {
				answers <- fmt.Sprintf("%s: %v", w, err)
				return
			}
			answers <- ""
		}()
	}
	var wrong []string
	for range wanted {
		if said := <-answers; said != "" {
			wrong = append(wrong, said)
		}
	}
	return wrong
}
