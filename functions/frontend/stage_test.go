package frontend

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/paraphe/paraphe/internal/testkit/browser"
	"github.com/paraphe/paraphe/shared/function"
)

// shots is where TestEveryPageIsPhotographed leaves a picture of every page, for people to look at; unset, it is
// skipped.
var shots = flag.String("shots", "", "folder for pictures of every page")

// The words that the tests in the browser are told in.
var (
	act, once, sees, at, appears = browser.Act, browser.Once, browser.Sees, browser.At, browser.Appears
	click, press, enter, retype  = browser.Click, browser.Press, browser.Enter, browser.Retype
	navigate                     = browser.Navigate
)

// discard is a log that nobody reads.
var discard = slog.New(slog.NewJSONHandler(io.Discard, nil))

// startPages serves the real pages in front of the fake and returns their address.
func startPages(t *testing.T, f *fake) string {
	t.Helper()
	routes, stop, err := newRoutes(function.Boot{Name: "frontend", Now: time.Now, Log: discard}, Settings{Orchestrate: function.URL(f.own)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(routes)
	t.Cleanup(func() { server.Close(); stop() })
	f.pages = server.URL
	return server.URL
}

func openBrowser(t *testing.T, language string, width, height int64) context.Context {
	t.Helper()
	return browser.Open(t, browser.Window{Language: language, Width: width, Height: height, Refusals: true})
}

// logInAs logs in on the page that is open.
func logInAs(email string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(enter("#email", email), enter("#password", fakePassword), click("form button[type=submit]"), at("/contracts"))
}
