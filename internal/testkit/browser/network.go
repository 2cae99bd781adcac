package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/chromedp/chromedp"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// networkChanged is what a browser says of a load that it gave up because a network interface came or went, be it one of a
// container that has nothing to do with the page.
const networkChanged = "net::ERR_NETWORK_CHANGED"

// Navigate opens an address, as often as it is given up because the machine's network changed.
func Navigate(address string) chromedp.Action[chromedp.Void] {
	return bounded("open "+address, repeated(chromedp.Navigate(address)))
}

func repeated(navigate chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for {
			_, err := navigate(ctx, target)
			var failed *chromedp.LoadError
			if !errors.As(err, &failed) || failed.ErrorText != networkChanged || ctx.Err() != nil {
				return err
			}
		}
	})
}

// bounded ends an action that takes too long, and says which it was.
func bounded(what string, action chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := timeouts.Context(ctx, patience)
		defer cancel()
		if _, err := action(ctx, target); err != nil {
			return fmt.Errorf("%s: %w", what, cmp.Or(context.Cause(ctx), err))
		}
		return nil
	})
}
