package frontend

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
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

	"github.com/paraphe/paraphe/shared/function"
)

// shots is where TestEveryPageIsPhotographed leaves a picture of every page, for people to look at; unset, it is
// skipped.
var shots = flag.String("shots", "", "folder for pictures of every page")

// patience bounds everything that a browser is waited for.
const patience = 30 * time.Second

// discard is a log that nobody reads.
var discard = slog.New(slog.NewJSONHandler(io.Discard, nil))

// startPages serves the real pages in front of the fake and returns their address.
func startPages(t *testing.T, f *fake) string {
	t.Helper()
	routes, stop, err := door(function.Boot{Name: "frontend", Now: time.Now, Log: discard}, Settings{Orchestrate: function.URL(f.own)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(routes)
	t.Cleanup(func() { server.Close(); stop() })
	f.pages = server.URL
	return server.URL
}

// troubles collects what the browser complained about: exceptions, and what the content policy stopped.
type troubles struct {
	mu   sync.Mutex
	said []string
}

func (s *troubles) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, text)
}

// openBrowser starts a browser that speaks this language. The test fails if the browser complains of anything.
// Without a browser the test is skipped, except in CI.
func openBrowser(t *testing.T, language string, width, height int64) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no chromium on PATH, and in CI the pages have to be tried in one")
		}
		t.Skip("SKIPPED: there is no chromium on PATH, so the pages were tried in no browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	watchFor(t, ctx)
	act(t, ctx, chromedp.EmulateViewport(width, height), speaking(language))
	ctx, cancel = context.WithTimeout(ctx, 3*patience)
	t.Cleanup(cancel)
	return ctx
}

// speaking makes the browser prefer this language, as its owner would in its settings.
func speaking(language string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		agent := emulation.SetUserAgentOverrideParams{UserAgent: "Mozilla/5.0 (test) Chrome/150", AcceptLanguage: language}
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, agent)
		return err
	})
}

// watchFor fails the test for exceptions, and for what the content policy stopped.
func watchFor(t *testing.T, ctx context.Context) {
	t.Helper()
	s := &troubles{}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			s.add(e.ExceptionDetails.Text + " " + e.ExceptionDetails.Exception.Description)
		case *log.EventEntryAdded:
			if e.Entry.Source == log.EntrySourceSecurity || (e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork) {
				s.add(e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, text := range s.said {
			t.Errorf("the browser complains: %s", text)
		}
	})
}

// act does one thing after the other in the browser.
func act(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		again, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		page, _ := chromedp.Run(again, chromedp.Evaluate[string](`document.body?.innerText ?? ""`))
		t.Fatalf("in the browser: %v; it shows: %.800s", err, page)
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

// sees waits until the page shows this text.
func sees(text string) chromedp.Action[chromedp.Void] {
	return once("document.body.innerText.includes(" + strconv.Quote(text) + ")")
}

// at waits until the browser is at this path.
func at(path string) chromedp.Action[chromedp.Void] {
	return once("location.pathname === " + strconv.Quote(path))
}

// click presses what the CSS selector finds.
func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
}

// enter types text into what the CSS selector finds.
func enter(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible)
}

// retype types text over what stands in what the CSS selector finds.
func retype(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(once("(document.querySelector("+strconv.Quote(selector)+").select(), true)"), enter(selector, text))
}

// appears waits until what the CSS selector finds is visible.
func appears(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

// press clicks the button or link with exactly this text.
func press(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.Search(`//*[self::button or self::a][normalize-space()="`+text+`"]`), chromedp.NodeVisible)
}

// logInAs logs in on the page that is open.
func logInAs(email string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(enter("#email", email), enter("#password", fakePassword), click("form button[type=submit]"), at("/contracts"))
}
