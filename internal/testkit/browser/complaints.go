package browser

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// complaints collects what the browser says against the pages: exceptions, errors on the console, and what the content
// policy stopped. The browser outlives the test by a moment, so they are told at its end and not as they come.
type complaints struct {
	refusals bool // whether failed requests are no complaints
	mu       sync.Mutex
	said     []string
}

func (c *complaints) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, text)
}

func (c *complaints) receive(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		c.add(text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			c.add(fmt.Sprintf("console.error with %d arguments", len(e.Args)))
		}
	case *log.EventEntryAdded:
		if strings.Contains(e.Entry.Text, networkChanged) {
			return // of the machine, not of the pages
		}
		failed := e.Entry.Level == log.EntryLevelError && (e.Entry.Source != log.EntrySourceNetwork || !c.refusals)
		if e.Entry.Source == log.EntrySourceSecurity || failed {
			c.add(e.Entry.Text + " " + e.Entry.URL)
		}
	}
}

// tell fails the test for every complaint.
func (c *complaints) tell(t *testing.T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range c.said {
		t.Errorf("the browser complains: %s", text)
	}
}
