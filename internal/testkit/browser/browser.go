// Package browser shows the pages to a real Chromium and uses them as people do, for the tests that judge them.
package browser

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/paraphe/paraphe/internal/testkit/requires"
	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

const (
	// patience bounds everything that a browser is waited for, its start among it, on a machine that does nothing else.
	patience = 30 * time.Second
	// session bounds what one browser does from its start to its end.
	session = 8 * patience
	// starts is how often a browser may be started until it runs: what is tried are the pages, not the machine.
	starts = 3
)

// Window is what somebody looks at the pages through.
type Window struct {
	Language      string // that its owner prefers, such as "en"
	Width, Height int64  // in CSS pixels
	Refusals      bool   // whether the pages are to meet refusals: a browser complains of every answer of the 4xx kind
}

// Open starts a browser that ends with the test. The test fails if the browser complains of anything. Without a
// browser on this machine the test is skipped, except in CI, where it fails.
func Open(t *testing.T, w Window) context.Context {
	t.Helper()
	ctx := start(t, requires.Program(t, "chromium", "chromium"), w)
	ctx, cancel := timeouts.Context(ctx, session)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, path string, w Window) context.Context {
	t.Helper()
	var err error
	for range starts {
		var ctx context.Context
		if ctx, err = w.open(t, path); err == nil {
			return ctx
		}
		t.Logf("the browser did not start: %v", err)
	}
	t.Fatalf("the browser did not start %d times: %v", starts, err)
	return nil
}

// open starts one browser; one that does not start in time is killed. The browser lives as long as the context of its
// first action, so that context cannot be the one that bounds it.
func (w Window) open(t *testing.T, path string) (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true)) // nothing leaves this machine
	ctx, end := chromedp.NewExecAllocator(context.Background(), append(options, deafToTheNetwork()...)...)
	ctx, cancel := chromedp.NewContext(ctx)
	c := &complaints{refusals: w.Refusals}
	err := chromedp.Listen(ctx, c.receive)
	late, started := timeouts.Context(context.Background(), patience)
	forget := context.AfterFunc(late, cancel)
	if err == nil {
		err = chromedp.Do(ctx, chromedp.EmulateViewport(w.Width, w.Height), speaking(w.Language))
	}
	if !forget() {
		err = context.Cause(late)
	}
	started()
	if err != nil {
		cancel()
		end()
		return nil, err
	}
	t.Cleanup(end)
	t.Cleanup(cancel)
	t.Cleanup(func() { c.tell(t) })
	return ctx, nil
}

// speaking makes the browser prefer this language, as its owner would in its settings.
func speaking(language string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		agent := emulation.SetUserAgentOverrideParams{UserAgent: "Mozilla/5.0 (test) Chrome/150", AcceptLanguage: language}
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, agent)
		return err
	})
}
