package tests

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// openBrowser starts a browser that prefers English, with a window of this size. The test fails if the browser
// complains of an exception or of the content policy. Without a browser the test is skipped, except in CI.
func openBrowser(t *testing.T, width, height int64) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no chromium on PATH, and in CI the story has to be played in one")
		}
		t.Skip("SKIPPED: there is no chromium on PATH, so the story was played in no browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
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

// watch fails the test for exceptions, and for what the content policy stopped.
func watch(t *testing.T, ctx context.Context) {
	t.Helper()
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the browser complains: %s", e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Source == log.EntrySourceSecurity {
				t.Errorf("the browser complains: %s", e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
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
