//go:build !linux

package browser

import "github.com/chromedp/chromedp"

// deafToTheNetwork: elsewhere the browser hears of the network's changes, and Navigate repeats what it gives up.
func deafToTheNetwork() []chromedp.ExecAllocatorOption { return nil }
