package browser

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// Click presses what the CSS selector finds.
func Click(selector string) chromedp.Action[chromedp.Void] { return hit(selected(selector)) }

// Press clicks the button or link with exactly this text.
func Press(text string) chromedp.Action[chromedp.Void] { return hit(entitled(text)) }

// selected is JavaScript that finds the first visible element of a CSS selector.
func selected(selector string) string {
	return `[...document.querySelectorAll(` + strconv.Quote(selector) + `)].find(e => e.checkVisibility())`
}

// entitled is JavaScript that finds the first visible button or link with exactly this text.
func entitled(text string) string {
	return `[...document.querySelectorAll("button, a")].find(e => e.checkVisibility() && e.textContent.replace(/\s+/g, " ").trim() === ` + strconv.Quote(text) + `)`
}

// place is JavaScript that says where an element is, once a click there would reach it: the page has loaded, so that it
// has its styles; it was painted, because a browser drops what is clicked before; the element stands still for two
// frames, as other drivers of browsers wait for; and nothing covers it. Otherwise it says null.
const place = `(async find => {
	if (document.readyState !== "complete" || !performance.getEntriesByName("first-contentful-paint").length) return null;
	const look = e => {
		e.scrollIntoView({block: "nearest", behavior: "instant"});
		const box = e.getBoundingClientRect();
		return {X: box.left + box.width / 2, Y: box.top + box.height / 2};
	};
	const frame = () => new Promise(requestAnimationFrame);
	const e = find();
	if (!e) return null;
	const before = look(e);
	await frame(), await frame();
	const after = look(e);
	const still = find() === e && before.X === after.X && before.Y === after.Y;
	window.aim = e;
	return still && e.contains(document.elementFromPoint(after.X, after.Y)) ? after : null;
})`

// spot is a point of the window, in CSS pixels.
type spot struct{ X, Y float64 }

// locate waits until a click on what find finds would reach it, and returns where that is.
func locate(ctx context.Context, target *chromedp.Target, find string) (spot, error) {
	ctx, cancel := timeouts.Context(ctx, patience)
	defer cancel()
	look := chromedp.Evaluate[*spot](place+`(() => `+find+`)`, chromedp.EvalAwaitPromise)
	for {
		if there, err := look(ctx, target); err == nil && there != nil {
			return *there, nil
		}
		select {
		case <-ctx.Done():
			return spot{}, fmt.Errorf("nothing can be clicked that is %s: %w", find, context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// hit clicks what find finds, as soon as the click reaches it, and clicks again if that did not hear of it: a
// busy browser drops a click without a word.
func hit(find string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := timeouts.Context(ctx, patience)
		defer cancel()
		for {
			there, err := locate(ctx, target, find)
			if err != nil {
				return err
			}
			if _, err := chromedp.Evaluate[bool](listen)(ctx, target); err != nil {
				continue // another page came; locate bounds this
			}
			if _, err := chromedp.MouseClickXY(there.X, there.Y)(ctx, target); err != nil {
				return err
			}
			if received(ctx, target) {
				return nil
			}
		}
	})
}

// listen is JavaScript that notes whether what is clicked learns of it. A page that came in between knows nothing of this,
// and is there because of the click.
const listen = `(window.unheard = true, window.addEventListener("click", e => {
	if (window.aim.contains(e.target)) window.unheard = false;
}, {capture: true}), true)`

// received waits for a moment until the click has been learned of.
func received(ctx context.Context, target *chromedp.Target) bool {
	ctx, cancel := timeouts.Context(ctx, 5*time.Second)
	defer cancel()
	_, err := Once("!window.unheard")(ctx, target)
	return err == nil
}

// still waits until a click would reach what find finds.
func still(find string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := locate(ctx, target, find)
		return err
	})
}
