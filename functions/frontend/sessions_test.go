package frontend

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// tab opens another tab of the same browser, with the same cookies.
func tab(t *testing.T, browser context.Context) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	act(t, ctx, chromedp.EmulateViewport(1280, 800))
	return ctx
}

// becomes puts somebody's session into the browser without a word to its tabs, as another installation's page would, or a
// browser that keeps its tabs' storage apart.
func becomes(t *testing.T, ctx context.Context, email string, report bool) {
	t.Helper()
	done := inBrowser[string](t, ctx, fmt.Sprintf(`fetch("/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({email: %q, password: %q})}).then((a) => a.json()).then(({person}) => {
  if (%t) localStorage.setItem("paraphe.kept", person.id);
  return person.email;
})`, email, fakePassword, report))
	if done != email {
		t.Fatalf("logged in as %s, want %s", done, email)
	}
}

func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.orders)
}

// TestNoOrderIsRepeatedForAnotherAccount: each order meets an old token after another account was logged in in the same
// browser. It is not made in that account's name, the page says so, and goes on as that account once it is loaded anew.
func TestNoOrderIsRepeatedForAnotherAccount(t *testing.T) {
	f := startFake(t)
	f.verify("paul@example.org")
	pages := startPages(t, f)
	ctx := openBrowser(t, "en", 1280, 800)
	act(t, ctx, navigate(pages), appears("#email"))
	confirm := chromedp.Steps(appears("dialog"), click("dialog button[value=yes]"))
	for _, order := range []struct {
		name, as, path, wait string
		give                 chromedp.Action[chromedp.Void]
	}{
		{"send", "claire", "/contracts/draftone", ".timeline li", chromedp.Steps(press("Send"), confirm)},
		{"remind", "claire", "/contracts/website", ".timeline li", press("Remind")},
		{"cancel", "claire", "/contracts/website", ".timeline li", chromedp.Steps(click(".actions .risky"), confirm)},
		{"retry", "claire", "/contracts/stuckone", ".timeline li", press("Try again")},
		{"create", "claire", "/contracts/new?template=service-agreement", ".lines li", once(`(async () => {
  const { call, newKey } = await import("/js/api.js");
  return call("POST", "/contracts", { body: {}, key: newKey() }).then(() => true, (error) => error.constructor.name === "Replaced");
})()`)},
		{"sign", "paul", "/contracts/website", ".timeline li", press("Sign")},
		{"add a user", "ada", "/users", "tbody tr", chromedp.Steps(enter(`[data-field=name] input`, "Nora"), enter(`[data-field=email] input`, "nora@example.org"),
			enter(`[data-field=password] input`, "a long enough one"), press("Add the user"))},
		{"replay", "ada", "/stuck", ".stuck li", press("Try again")},
		{"log out", "claire", "/contracts", ".rows li", press("Log out")},
	} {
		t.Run(order.name, func(t *testing.T) {
			becomes(t, ctx, order.as+"@example.org", true)
			act(t, ctx, navigate(pages+order.path), appears(order.wait))
			other := map[string]string{"claire": "ada", "ada": "claire", "paul": "claire"}[order.as]
			becomes(t, ctx, other+"@example.org", false)
			f.growOld()
			before := f.asked()
			act(t, ctx, order.give, sees("Another account is logged in"))
			if after := f.asked(); len(after) != len(before) {
				t.Errorf("asked for: %v", after[len(before):])
			}
			act(t, ctx, press("Reload the page"), once(fmt.Sprintf(`document.querySelector(".person .name")?.title === %q && !document.querySelector(".replaced")`, other+"@example.org")))
		})
	}
}

// TestTabsNoticeThatAnotherAccountLoggedIn, and that somebody logged out.
func TestTabsNoticeThatAnotherAccountLoggedIn(t *testing.T) {
	f := startFake(t)
	pages := startPages(t, f)
	first := openBrowser(t, "en", 1280, 800)
	second := tab(t, first)
	act(t, first, navigate(pages), appears("#email"))
	act(t, second, navigate(pages), appears("#email"), logInAs("claire@example.org"), appears(".rows li"))
	act(t, first, logInAs("ada@example.org"))
	act(t, second, sees("This page was made for Claire Morel."))
	if output := inBrowser[string](t, second, `(async () => {
  const { call, newKey } = await import("/js/api.js");
  return call("POST", "/contracts/draftone/send", { key: newKey() }).then(() => "sent", (error) => error.words());
})()`); !strings.HasPrefix(output, "This was not sent") {
		t.Errorf("an order: %s", output)
	}
	act(t, second, press("Reload the page"), sees("Ada Keeper"))
	act(t, first, press("Log out"), appears("#email"))
	act(t, second, appears("#email"))
}

// TestTheDraftOfOneIsNotInTheFormOfAnother: what was typed stays in the tab, and is its writer's.
func TestTheDraftOfOneIsNotInTheFormOfAnother(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	form := startPages(t, f) + "/contracts/new?template=service-agreement"
	court := `document.querySelector('[data-field="data.court"] input').value`
	act(t, ctx, navigate(form), appears("#email"))
	becomes(t, ctx, "claire@example.org", true)
	act(t, ctx, navigate(form), appears(".lines li"), enter(`[data-field="data.court"] input`, "Dijon"))
	becomes(t, ctx, "ada@example.org", true)
	act(t, ctx, chromedp.Reload(), appears(".lines li"), once(court+` === ""`))
	becomes(t, ctx, "claire@example.org", true)
	act(t, ctx, chromedp.Reload(), appears(".lines li"), once(court+` === "Dijon"`))
}

func TestARenewalWhoseAnswerWasLostEndsNoTab(t *testing.T) {
	f := startFake(t)
	pages := startPages(t, f)
	first := openBrowser(t, "en", 1280, 800)
	act(t, first, navigate(pages), logInAs("claire@example.org"))
	second := tab(t, first)
	act(t, second, navigate(pages+"/contracts/website"), sees("Refonte du site de vente"))
	f.growOlder()
	f.growOld()
	f.loseRenewals(2)
	act(t, first, press("New contract"), sees("Choose a template"))
	f.growOld()
	act(t, second, press("Contracts"), sees("Hosting and support 2027"))
	f.growOlder()
	act(t, second, chromedp.Reload(), sees("Hosting and support 2027"))
}

// TestTwoTabsThatRenewAtOnceBothGoOn, in browsers without locks as well.
func TestTwoTabsThatRenewAtOnceBothGoOn(t *testing.T) {
	f := startFake(t)
	pages := startPages(t, f)
	first := openBrowser(t, "en", 1280, 800)
	act(t, first, navigate(pages), logInAs("claire@example.org"), appears(".rows li"))
	second := tab(t, first)
	act(t, second, navigate(pages), appears(".rows li"))
	for _, ctx := range []context.Context{first, second} {
		inBrowser[bool](t, ctx, `(Object.defineProperty(navigator, "locks", { value: undefined }), true)`)
	}
	f.growOlder()
	f.growOld()
	const renewed = `import("/js/api.js").then(({ call }) => call("GET", "/contracts")).then(() => true, () => false)`
	went := make(chan bool, 2)
	for _, ctx := range []context.Context{first, second} {
		go func() {
			good, err := chromedp.Run(ctx, chromedp.Evaluate[bool](renewed, chromedp.EvalAwaitPromise))
			went <- good && err == nil
		}()
	}
	if a, b := <-went, <-went; !a || !b {
		t.Errorf("one of them ended: %t, %t", a, b)
	}
	act(t, first, chromedp.Reload(), appears(".rows li"))
}

// TestASessionIsNotOverWhileNobodyAnswers: neither at the first look nor at a renewal.
func TestASessionIsNotOverWhileNobodyAnswers(t *testing.T) {
	f := startFake(t)
	pages := startPages(t, f)
	ctx := openBrowser(t, "en", 1280, 800)
	act(t, ctx, navigate(pages), logInAs("claire@example.org"), appears(".rows li"))
	f.growOld()
	f.loseRenewals(4)
	act(t, ctx, press("New contract"), sees("Something did not work"))
	f.loseRenewals(4)
	act(t, ctx, chromedp.Reload(), sees("Something did not work"), press("Try again"), sees("Choose a template"))
}

// TestOneModuleSpeaksToTheService: what api.js keeps is kept for every order, the next one too.
func TestOneModuleSpeaksToTheService(t *testing.T) {
	t.Parallel()
	for name, content := range embedded(t) {
		if strings.HasSuffix(name, ".js") && name != "js/api.js" && (strings.Contains(content, "fetch(") || strings.Contains(content, "XMLHttpRequest") || strings.Contains(content, "sendBeacon")) {
			t.Errorf("%s asks by itself", name)
		}
	}
}
