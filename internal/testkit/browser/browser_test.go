package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/paraphe/paraphe/internal/testkit/browser"
)

// slow is a page whose styles come late and move its button, and whose script moves it once more.
func slow(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>slow</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">
<p>A page</p><form action="/clicked"><input id="name" name="name"><button>  Go
 on </button></form>`)
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(200 * time.Millisecond): // what is slow here is the network
		}
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, `form { margin: 300px 0 0 400px } @keyframes in { from { transform: translateY(80px) } } button { animation: in 300ms }`)
	})
	mux.HandleFunc("GET /clicked", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>done</title><link rel="icon" href="data:,"><p>Done, %s</p>`, r.FormValue("name"))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAClickReachesWhatStillMoves(t *testing.T) {
	t.Parallel()
	page := slow(t)
	desk := browser.Open(t, browser.Window{Language: "en", Width: 1280, Height: 900})
	for _, click := range []chromedp.Action[chromedp.Void]{browser.Click("button"), browser.Press("Go on")} {
		for range 3 {
			browser.Act(t, desk, browser.Navigate("about:blank"), follow(page), click, browser.Sees("Done"))
		}
	}
	browser.Act(t, desk, follow(page), browser.Enter("#name", "Zoë"), browser.Click("button"), browser.Sees("Done, Zoë"))
}

// What a click is meant for may leave while it is on its way.
func TestUnhandledClicksAreRepeated(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>shy</title><link rel="icon" href="data:,"><button>Go on</button><p></p><script>
const button = document.querySelector("button");
button.addEventListener("mousedown", () => { button.style.marginTop = "200px" }, {once: true});
button.addEventListener("click", () => { document.querySelector("p").textContent += "Done." });
</script>`)
	}))
	t.Cleanup(s.Close)
	desk := browser.Open(t, browser.Window{Language: "en", Width: 1280, Height: 900})
	browser.Act(t, desk, browser.Navigate(s.URL), browser.Press("Go on"), browser.Once(`document.querySelector("p").textContent === "Done."`))
}

// follow goes to an address without waiting until it is there.
func follow(page string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](fmt.Sprintf("(location.href = %q, true)", page))(ctx, target)
		return err
	})
}
