package tests

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// openBrowser starts a browser that prefers English, with a window of this size. The test fails if the browser
// complains of anything. Without a browser the test is skipped, except in CI.
func openBrowser(t *testing.T, width, height int64) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no chromium on PATH, and in CI the story has to be played in one")
		}
		t.Skip("SKIPPED: there is no chromium on PATH, so the story was played in no browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true)) // nothing leaves this machine
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	watch(t, ctx)
	act(t, ctx, chromedp.EmulateViewport(width, height), inEnglish())
	ctx, cancel = context.WithTimeout(ctx, 4*patience)
	t.Cleanup(cancel)
	return ctx
}

func inEnglish() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride,
			emulation.SetUserAgentOverrideParams{UserAgent: "Mozilla/5.0 (test) Chrome/150", AcceptLanguage: "en"})
		return err
	})
}

// complaints collects what the browser says against the pages. The browser outlives the test by a moment, so they are
// told at its end and not as they come.
type complaints struct {
	mu   sync.Mutex
	said []string
}

func (c *complaints) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, text)
}

// watch fails the test for exceptions, for errors on the console and for what the content policy stopped.
func watch(t *testing.T, ctx context.Context) {
	t.Helper()
	c := &complaints{}
	if err := chromedp.Listen(ctx, c.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, text := range c.said {
			t.Errorf("the browser complains: %s", text)
		}
	})
}

func (c *complaints) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.add(e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			c.add(fmt.Sprintf("console.error with %d arguments", len(e.Args)))
		}
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity || e.Entry.Level == log.EntryLevelError {
			c.add(e.Entry.Text + " " + e.Entry.URL)
		}
	}
}

// act does one thing after the other in the browser.
func act(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		again, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		page, _ := chromedp.Run(again, chromedp.Evaluate[string](`location.href + "\n" + (document.body?.innerText ?? "")`))
		t.Fatalf("in the browser: %v; it shows: %s", err, page)
	}
}

// once waits until the JavaScript expression holds, through loads of other pages too.
func once(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		for {
			held, err := chromedp.Evaluate[bool]("Boolean("+expression+")")(ctx, target)
			if err == nil && held {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s: %w", expression, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

func sees(text string) chromedp.Action[chromedp.Void] {
	return once("document.body.innerText.includes(" + strconv.Quote(text) + ")")
}

func at(path string) chromedp.Action[chromedp.Void] {
	return once("location.pathname === " + strconv.Quote(path))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
}

func enter(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible)
}

// retype types text over what stands in what the CSS selector finds.
func retype(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(once("(document.querySelector("+strconv.Quote(selector)+").select(), true)"), enter(selector, text))
}

// scroll brings what the CSS selector finds into the window.
func scroll(selector string) chromedp.Action[chromedp.Void] {
	return once("(document.querySelector(" + strconv.Quote(selector) + ").scrollIntoView(), true)")
}

// appears waits until what the CSS selector finds is visible.
func appears(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

// enterWhenKnown types what can only be known once the browser has got here.
func enterWhenKnown(selector string, text func() string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := enter(selector, text())(ctx, target)
		return err
	})
}

// press clicks the button or link with exactly this text.
func press(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.Search(`//*[self::button or self::a][normalize-space()="`+text+`"]`), chromedp.NodeVisible)
}
