package frontend

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// inBrowser evaluates an expression in the page.
func inBrowser[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func TestAManagerMakesAContractFromATemplateAndSendsIt(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	pages := startPages(t, f)
	act(t, ctx,
		navigate(pages), logInAs("claire@example.org"), sees("Refonte du site de vente"),
		press("New contract"), sees("Choose a template"),
		click(`a[href*="service-agreement"]`), sees("Who signs"),
		press("Fill with an example"), sees("Total €21,178.68 before tax, €25,031.09 with tax"),
	)
	for i, person := range [][]string{{"Ana", "Díaz", "ana@example.org", "06 12 34 56 78"}, {"Bob", "Stone", "bob@refused.example", "+447700900123"}} {
		for j, field := range []string{"first_name", "last_name", "email", "phone"} {
			act(t, ctx, enter(`[data-field="signers[`+string(rune('0'+i))+`].`+field+`"] input`, person[j]))
		}
	}
	act(t, ctx,
		chromedp.SetValue(chromedp.CSS(`[data-field="signers[0].locale"] select`), "fr"),
		once(`(() => { const e = document.querySelector('[data-field="signers[0].phone"] input'); e.dispatchEvent(new Event("change", {bubbles: true})); return e.value === "+33612345678"; })()`),
		press("Create the draft"), sees("takes no mail"),
	)
	if focused := inBrowser[string](t, ctx, `document.activeElement.closest("[data-field]").dataset.field`); focused != "signers[1].email" {
		t.Errorf("the focus is at %s", focused)
	}
	act(t, ctx,
		retype(`[data-field="signers[1].email"] input`, "bob@example.org"),
		once(`(() => { const b = document.querySelector(".buttons.end button"); b.click(); b.click(); return true; })()`), // in a hurry
		sees("Ready to be sent."), sees("The contract was drafted"),
		press("Send"), appears("dialog"), click("dialog button[value=yes]"),
		sees("The document was drawn"), sees("Waiting for Ana Díaz and Bob Stone to sign."), sees("The invitation was mailed to Ana Díaz"),
		appears("iframe.pdf"), sees("Download"),
	)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.creations != 1 {
		t.Errorf("pressing twice made %d contracts", f.creations)
	}
}

func TestASignerReadsSignsAndGetsTheSignedCopy(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "fr", 390, 844)
	pages := startPages(t, f)
	act(t, ctx,
		navigate(pages+"/sign#link-website-s1"), sees("Claire Morel vous demande de signer"), sees("+33 ••• 42"), appears(`.reading a[download]`),
		press("Lire et signer"), once(`document.title === "Signing"`), click("#confirm"),
		at("/sign"), sees("En attente de confirmation"),
	)
	f.growOld()
	act(t, ctx, sees("Vous avez signé"))
	if hash := inBrowser[string](t, ctx, "location.hash + document.cookie"); hash != "" {
		t.Errorf("the secret is still in the address or in a cookie: %s", hash)
	}
	act(t, ctx, chromedp.Reload(), sees("Zoë Okonkwo-Brandt"))
	second := openBrowser(t, "en", 390, 844)
	act(t, second,
		navigate(pages+"/sign#link-website-s2"), sees("Read, then sign, Zoë"),
		press("Read and sign"), once(`document.title === "Signing"`), click("#confirm"),
		sees("Signed by everyone"), appears(`.panel a[download]`),
	)
	if name := inBrowser[string](t, second, `document.querySelector(".panel a[download]").download`); name != "Refonte du site de vente.pdf" {
		t.Errorf("the signed copy is saved as %q", name)
	}
}

func TestSignersWhoCannotSignSeeTheNextStep(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 390, 844)
	pages := startPages(t, f)
	for path, want := range map[string]string{
		"/sign":                          "Look for the newest email",
		"/sign?returned=1":               "your signature is recorded",
		"/sign#link-nosuch":              "ask the person who sent it to send you a reminder",
		"/sign#link-website-s2":          "Antoine Lefèvre will sign first.",
		"/sign#link-refusedone-s2":       "write to Claire Morel",
		"/sign#link-lateone-s1":          "Ask Claire Morel to send the contract again.",
		"/sign#link-withdrawn-s1":        "Claire Morel withdrew it.",
		"/sign#link-bothsigned-s1":       "Download the signed copy",
		"/sign#link-signedlate-s1":       "agree with Claire Morel whether it is to count",
		"/sign#link-stuckone-s1":         "This page shows it as soon as it is ready.",
		"/sign?returned#link-website-s1": "I have not signed yet",
	} {
		act(t, ctx, navigate("about:blank"), navigate(pages+path), sees(want), once(`(sessionStorage.clear(), true)`))
	}
}

// TestSignersSeeThatTheContractEndedMeanwhile, and not that the link was copied wrongly.
func TestSignersSeeThatTheContractEndedMeanwhile(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 390, 844)
	act(t, ctx, navigate(startPages(t, f)+"/sign#link-website-s1"), sees("Read, then sign, Antoine"))
	f.mu.Lock()
	f.contracts = nil
	f.mu.Unlock()
	f.growOld()
	act(t, ctx, press("Read and sign"), sees("This contract has ended"))
}

// TestACustomerConfirmsTheirAddress, with a link that was pasted or with the one that was opened in the same tab.
func TestACustomerConfirmsTheirAddress(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 390, 844)
	pages := startPages(t, f)
	act(t, ctx,
		navigate(pages), logInAs("paul@example.org"), sees("once this address is confirmed"), press("Confirm your address"),
		press("Confirm the address"), sees("Please fill this in."),
		enter("[data-field=link] input", pages+"/sign#link-nosuch"), enter("[data-field=password] input", "a new long password"),
		press("Confirm the address"), sees("was not mailed to the address of this account"),
		navigate(pages+"/sign#link-website-s1"), press("Show it in my account"), at("/address"),
		once(`document.querySelector("[data-field=link] input").value === "link-website-s1"`), enter("[data-field=password] input", "a new long password"),
		press("Confirm the address"), at("/contracts"), sees("Refonte du site de vente"),
	)
	if invited := inBrowser[bool](t, ctx, `document.body.textContent.includes("once this address is confirmed")`); invited {
		t.Error("a confirmed address is to be confirmed again")
	}
	act(t, ctx, navigate(pages+"/address"), sees("paul@example.org is confirmed."))
}

func TestASessionIsResumedRenewedAndEnded(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	pages := startPages(t, f)
	act(t, ctx,
		navigate(pages+"/contracts/website"), enter("#email", "claire@example.org"), enter("#password", "wrong"+kb.Enter), sees("do not go together"),
		retype("#password", fakePassword+kb.Enter), sees("Refonte du site de vente"),
		chromedp.Reload(), sees("Refonte du site de vente"),
	)
	f.growOld()
	act(t, ctx, press("Contracts"), sees("Hosting and support 2027"))
	kept := inBrowser[string](t, ctx, `JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie`)
	if strings.Contains(kept, "u-claire@") || strings.Contains(kept, "u-claire-") {
		t.Errorf("the access token or the refresh token can be read by a script: %s", kept)
	}
	act(t, ctx, press("Log out"), appears("#email"), chromedp.Reload(), appears("#email"))
}

func TestTheListIsSearchedFilteredAndContinued(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	rows := func(n string) chromedp.Action[chromedp.Void] {
		return once(`document.querySelectorAll(".rows li").length === ` + n)
	}
	act(t, ctx,
		navigate(startPages(t, f)), logInAs("claire@example.org"), rows("6"),
		press("Show more"), rows("11"),
		enter("#q", "audit"), rows("1"), sees("Audit de sécurité"), once(`location.search === "?q=audit"`),
		chromedp.Reload(), rows("1"),
		retype("#q", "xyz"), sees("No contract matches."),
		navigate(f.pages+"/contracts?attention=true"), rows("4"), sees("The document cannot be drawn"),
	)
}

func TestAnAdministratorAddsAUserAndRetriesWhatIsStuck(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	act(t, ctx,
		navigate(startPages(t, f)), logInAs("ada@example.org"), press("Users"), sees("Paul Client"),
		press("Add the user"), sees("Please fill this in."),
		enter(`[data-field=name] input`, "Nora New"), enter(`[data-field=email] input`, "nora@example.org"), enter(`[data-field=password] input`, "a long enough one"),
		press("Add the user"), sees("Nora New"),
		press("Stuck"), sees("the sender is not verified"), press("Try again"), once(`document.querySelectorAll(".pill.good").length === 2`),
	)
}

func TestTheLanguageCanBeChangedWithoutLosingWhatWasTyped(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	act(t, ctx,
		navigate(startPages(t, f)), logInAs("claire@example.org"),
		navigate(f.pages+"/contracts/new?template=service-agreement"), enter(`[data-field="data.court"] input`, "Dijon"),
		press("FR"), sees("Créer le brouillon"), sees("Dénomination"), once(`document.querySelector('[data-field="data.court"] input').value === "Dijon"`),
		once(`document.documentElement.lang === "fr"`), chromedp.Reload(), sees("Créer le brouillon"),
	)
}
