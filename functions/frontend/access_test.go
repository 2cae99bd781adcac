package frontend

import (
	"fmt"
	"testing"
)

// unnamed lists what a person who does not see the page could not use: controls and frames without a name, pages
// without exactly one main heading or without a language, ids that stand twice, and targets under 24 pixels
// (WCAG 2.2: 1.3.1, 2.4.2, 2.5.8, 3.1.1, 4.1.2).
const unnamed = `(() => {
  const wrong = [];
  const name = (e) => e.getAttribute("aria-label") || e.title || e.textContent.trim() || [...(e.labels ?? [])].map((l) => l.textContent.trim()).join(" ");
  const seen = (e) => e.getClientRects().length > 0;
  for (const e of document.querySelectorAll("button, a[href], input, select, textarea, iframe")) {
    if (!seen(e)) continue;
    if (e.matches("input, select, textarea") ? ![...e.labels].some((l) => l.textContent.trim()) : !name(e)) wrong.push("without a name: " + e.outerHTML.slice(0, 120));
    const box = e.getBoundingClientRect();
    const inText = e.matches("p a, .skip, [type=checkbox]");
    if (!inText && (box.width < 24 || box.height < 24)) wrong.push(Math.round(box.width) + "×" + Math.round(box.height) + ": " + e.outerHTML.slice(0, 120));
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  ids.filter((id, i) => ids.indexOf(id) !== i).forEach((id) => wrong.push("twice: " + id));
  for (const e of document.querySelectorAll("[aria-describedby]")) {
    e.getAttribute("aria-describedby").split(" ").filter((id) => !document.getElementById(id)).forEach((id) => wrong.push("describes nothing: " + id));
  }
  if (document.querySelectorAll("h1").length !== 1) wrong.push(document.querySelectorAll("h1").length + " main headings");
  if (!document.title || !document.documentElement.lang) wrong.push("no title or no language");
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the window");
  return wrong;
})()`

// looking counts the looks of a watch that never rests, while the page says that it is hidden and after it is shown.
const looking = `(async () => {
  const { watch } = await import("/js/watch.js");
  let hidden = true, looks = 0;
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  const turns = async (n) => { for (let i = 0; i < n; i += 1) await new Promise((done) => setTimeout(done)); };
  const over = new AbortController();
  watch(over.signal, async () => { looks += 1; }, () => 0);
  await turns(50);
  const unseen = looks;
  hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  await turns(50);
  const seen = looks;
  over.abort();
  await turns(50);
  return [unseen, seen > 0, looks <= seen + 1];
})()`

func TestNobodyLooksWhileThePageIsHiddenOrLeft(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	act(t, ctx, navigate(startPages(t, f)), appears("#email"))
	if got := inBrowser[[]any](t, ctx, looking); fmt.Sprint(got) != "[0 true true]" {
		t.Errorf("looks while hidden, looks once shown, stops when left: %v", got)
	}
}

func TestEveryPageCanBeUsedWithoutSeeingItAndOnTheSmallestPhone(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "fr", 360, 740)
	pages := startPages(t, f)
	visit := func(path, wait string) {
		t.Helper()
		act(t, ctx, navigate(pages+path), appears(wait))
		for _, what := range inBrowser[[]string](t, ctx, unnamed) {
			t.Errorf("%s: %s", path, what)
		}
	}
	visit("/", "#email")
	visit("/sign#link-website-s1", ".filelinks")
	act(t, ctx, navigate("about:blank"))
	visit("/sign#link-bothsigned-s1", ".filelinks")
	act(t, ctx, navigate("about:blank"))
	visit("/sign#link-nosuch", ".end")
	act(t, ctx, navigate(pages+"/"), logInAs("claire@example.org"))
	visit("/contracts", ".rows li")
	visit("/contracts/new", ".cards li")
	visit("/contracts/new?template=service-agreement", ".lines li")
	visit("/contracts/new?template=consumer-contract", ".lines li")
	visit("/contracts/website", ".filelinks")
	visit("/contracts/stuckone", ".timeline li")
	visit("/contracts/bothsigned", ".filelinks")
	visit("/contracts/deadmail", ".troubles li")
	visit("/contracts/unheard", ".troubles li")
	visit("/attention", ".causes li")
	act(t, ctx, click(".person button"), appears("#email"), logInAs("ada@example.org"))
	visit("/users", "tbody tr")
	visit("/stuck", ".stuck li")
	act(t, ctx, click(".person button"), appears("#email"), logInAs("paul@example.org"))
	visit("/address", "form")
}
