package browser

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A navigation is repeated while the network is what ends it, and only then.
func TestANavigationIsRepeatedWhenTheNetworkChanged(t *testing.T) {
	t.Parallel()
	changed, refused := &chromedp.LoadError{ErrorText: networkChanged}, &chromedp.LoadError{ErrorText: "net::ERR_CONNECTION_REFUSED"}
	for name, c := range map[string]struct {
		answers []error
		want    error
	}{
		"loaded":                      {[]error{nil}, nil},
		"the network changed twice":   {[]error{changed, changed, nil}, nil},
		"refused":                     {[]error{refused}, refused},
		"refused when it was changed": {[]error{changed, refused}, refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			_, err := repeated(chromedp.Func(func(context.Context, *chromedp.Target) error {
				tries++
				return c.answers[tries-1]
			}))(t.Context(), nil)
			if !errors.Is(err, c.want) || tries != len(c.answers) {
				t.Errorf("after %d tries: %v", tries, err)
			}
		})
	}
}

func TestAnActionThatFailsSaysWhichItWas(t *testing.T) {
	t.Parallel()
	_, err := bounded("open the page", chromedp.Func(func(context.Context, *chromedp.Target) error { return errors.New("gone") }))(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "open the page: gone") {
		t.Errorf("it says %v", err)
	}
}
