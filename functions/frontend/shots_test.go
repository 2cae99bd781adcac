package frontend

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// picture is one page to be photographed: where it is, as whom, and what must stand on it first.
type picture struct {
	name, path, as, wait string
	first                chromedp.Action[chromedp.Void]
}

var pictures = []picture{
	{name: "login", path: "/", wait: "#email"},
	{name: "login-wrong", path: "/", wait: "#email", first: chromedp.Steps(
		enter("#email", "claire@example.org"), enter("#password", "no"), click("form button"), appears(".alert.bad"))},
	{name: "login-slow", path: "/", wait: "#email", first: chromedp.Steps(
		enter("#email", "claire@example.org"), enter("#password", fakeTooOften), click("form button"), appears(".alert.bad"))},
	{name: "replaced", path: "/contracts/website", as: "claire@example.org", wait: ".filelinks", first: chromedp.Steps(
		once(`dispatchEvent(new StorageEvent("storage", { key: "paraphe.kept", newValue: "another" }))`), appears(".replaced"))},
	{name: "replaced-order", path: "/contracts/draftone", as: "claire@example.org", wait: ".timeline li", first: chromedp.Steps(
		once(`dispatchEvent(new StorageEvent("storage", { key: "paraphe.kept", newValue: "another" }))`), click(".actions button"),
		click("dialog button[value=yes]"), appears(".trouble .alert"))},
	{name: "contracts", path: "/contracts", as: "claire@example.org", wait: ".rows li"},
	{name: "empty", path: "/contracts?q=nothing", as: "claire@example.org", wait: ".empty"},
	{name: "choose", path: "/contracts/new", as: "claire@example.org", wait: ".cards"},
	{name: "new", path: "/contracts/new?template=service-agreement", as: "claire@example.org", wait: "form .lines", first: chromedp.Steps(
		click("h2 ~ button"), appears(".sum"))},
	{name: "new-wrong", path: "/contracts/new?template=service-agreement", as: "claire@example.org", wait: "form .lines", first: chromedp.Steps(
		click(".buttons.end button"), appears(".field.bad"))},
	{name: "draft", path: "/contracts/draftone", as: "claire@example.org", wait: ".timeline li"},
	{name: "send", path: "/contracts/draftone", as: "claire@example.org", wait: ".timeline li", first: chromedp.Steps(click(".actions button"), appears("dialog"))},
	{name: "cancel", path: "/contracts/website", as: "claire@example.org", wait: ".timeline li", first: chromedp.Steps(click(".actions .risky"), appears("dialog"))},
	{name: "sent", path: "/contracts/website", as: "claire@example.org", wait: ".filelinks"},
	{name: "attention", path: "/contracts/stuckone", as: "claire@example.org", wait: ".timeline li"},
	{name: "dead-address", path: "/contracts/deadmail", as: "claire@example.org", wait: ".troubles li"},
	{name: "correct", path: "/contracts/deadmail", as: "claire@example.org", wait: ".troubles li", first: chromedp.Steps(click(".troubles button"), appears("dialog"))},
	{name: "fault", path: "/contracts/unheard", as: "claire@example.org", wait: ".troubles li"},
	{name: "late", path: "/contracts/signedlate", as: "claire@example.org", wait: ".troubles li"},
	{name: "causes", path: "/attention", as: "claire@example.org", wait: ".causes li"},
	{name: "causes-admin", path: "/attention", as: "ada@example.org", wait: ".causes li"},
	{name: "causes-retry", path: "/attention", as: "claire@example.org", wait: ".causes li", first: chromedp.Steps(click(".causes .buttons button"), appears("dialog"))},
	{name: "of-a-cause", path: "/contracts?cause=mail.unclear", as: "claire@example.org", wait: ".rows li"},
	{name: "completed", path: "/contracts/bothsigned", as: "claire@example.org", wait: ".filelinks"},
	{name: "declined", path: "/contracts/refusedone", as: "claire@example.org", wait: ".timeline li"},
	{name: "missing-contract", path: "/contracts/nosuch", as: "claire@example.org", wait: ".alert"},
	{name: "address", path: "/address", as: "paul@example.org", wait: "form"},
	{name: "users", path: "/users", as: "ada@example.org", wait: "tbody tr"},
	{name: "stuck", path: "/stuck", as: "ada@example.org", wait: ".stuck li"},
	{name: "sign", path: "/sign#link-website-s1", wait: ".filelinks"},
	{name: "sign-returned", path: "/sign?returned=1#link-website-s1", wait: ".filelinks"},
	{name: "sign-turn", path: "/sign#link-website-s2", wait: ".filelinks"},
	{name: "sign-done", path: "/sign#link-bothsigned-s1", wait: ".filelinks"},
	{name: "sign-late", path: "/sign#link-signedlate-s1", wait: ".filelinks"},
	{name: "sign-declined", path: "/sign#link-refusedone-s2", wait: ".panel h2"},
	{name: "sign-dead", path: "/sign#link-nosuch", wait: ".end"},
	{name: "nowhere", path: "/no/such/page", wait: "h1"},
}

// TestEveryPageIsPhotographed leaves pictures for people to look at: on a phone, on a desk and in the dark.
func TestEveryPageIsPhotographed(t *testing.T) {
	if *shots == "" {
		t.Skip("no -shots folder is given")
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	looks := []struct {
		name, language, scheme string
		width, height          int64
	}{{"phone", "fr", "light", 390, 844}, {"desk", "en", "light", 1280, 800}, {"small-dark", "en", "dark", 360, 740}, {"desk-dark", "fr", "dark", 1280, 800}}
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			for _, p := range pictures {
				t.Run(p.name, func(t *testing.T) {
					f := startFake(t)
					ctx := openBrowser(t, look.language, look.width, look.height)
					act(t, ctx, inScheme(look.scheme))
					photograph(t, ctx, startPages(t, f), p, filepath.Join(*shots, p.name+"-"+look.name+".png"))
				})
			}
		})
	}
}

func inScheme(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	})
}

func photograph(t *testing.T, ctx context.Context, pages string, p picture, file string) {
	t.Helper()
	if p.as != "" {
		act(t, ctx, navigate(pages), logInAs(p.as))
	}
	act(t, ctx, navigate(pages+p.path), appears(p.wait))
	if p.first != nil {
		act(t, ctx, p.first)
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
	if err != nil || wide {
		t.Errorf("%s is wider than the window (%v)", p.name, err)
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}
