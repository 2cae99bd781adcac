//go:build !linux

package browser

import "github.com/chromedp/chromedp"

// deafToTheNetwork: elsewhere the browser learns of the network's changes, and Navigate repeats what it gives up.
func deafToTheNetwork() []chromedp.ExecAllocatorOption { return nil }
