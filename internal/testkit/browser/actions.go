package browser

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// Act does one thing after the other in the browser. If one fails, the test ends and says what the page shows.
func Act(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		again, cancel := timeouts.Context(context.WithoutCancel(ctx), patience)
		defer cancel()
		page, _ := chromedp.Run(again, chromedp.Evaluate[string](`location.href + "\n" + (document.body?.innerText ?? "")`))
		t.Fatalf("in the browser: %v; it shows: %.2000s", err, page)
	}
}

// Once waits until the JavaScript expression holds, through loads of other pages too.
func Once(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := timeouts.Context(ctx, patience)
		defer cancel()
		for {
			held, err := chromedp.Evaluate[bool]("Boolean("+expression+")")(ctx, target)
			if err == nil && held {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s: %w", expression, context.Cause(ctx))
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// Sees waits until the page shows this text.
func Sees(text string) chromedp.Action[chromedp.Void] {
	return Once("document.body.innerText.includes(" + strconv.Quote(text) + ")")
}

// At waits until the browser is at this path.
func At(path string) chromedp.Action[chromedp.Void] {
	return Once("location.pathname === " + strconv.Quote(path))
}

// Appears waits until what the CSS selector finds is visible.
func Appears(selector string) chromedp.Action[chromedp.Void] {
	return bounded("wait until "+selector+" is visible", chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Scroll brings what the CSS selector finds into the window.
func Scroll(selector string) chromedp.Action[chromedp.Void] {
	return Once("(document.querySelector(" + strconv.Quote(selector) + ").scrollIntoView(), true)")
}

// Enter types text into what the CSS selector finds.
func Enter(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(still(selected(selector)), chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// Retype types text over what stands in what the CSS selector finds.
func Retype(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(Once("(document.querySelector("+strconv.Quote(selector)+").select(), true)"), Enter(selector, text))
}

// EnterWhenKnown types what can only be known once the browser has got here.
func EnterWhenKnown(selector string, find func(context.Context) (string, error)) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		soon, cancel := timeouts.Context(ctx, patience)
		defer cancel()
		text, err := find(soon)
		if err != nil {
			return fmt.Errorf("what to enter into %s: %w", selector, err)
		}
		_, err = Enter(selector, text)(ctx, target)
		return err
	})
}
