package frontend

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestWhatNeedsAttentionIsShownByCauseAndSettledForAll(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	causes := func(n int) chromedp.Action[chromedp.Void] {
		return once(fmt.Sprintf(`document.querySelectorAll(".causes > .card").length === %d`, n))
	}
	act(t, ctx,
		navigate(startPages(t, f)), logInAs("claire@example.org"), press("Needs attention"), causes(5),
		sees("The signature service does not accept the API key."), sees("no signature is lost"), sees("Fault of the installation"), sees("tried again by itself"),
		press("Try all again"), appears("dialog"), sees("1 contract is tried again now."), click("dialog button[value=no]"), causes(5),
		press("Try all again"), appears("dialog"), click("dialog button[value=yes]"), causes(4),
		press("Set all aside"), appears("dialog textarea"), click("dialog button[value=yes]"), appears("dialog"), // not without a reason
		enter("dialog textarea", "told by phone"), click("dialog button[value=yes]"), causes(3),
		click(`a[href="/contracts?cause=mail.unclear"]`), sees("Entretien des espaces verts"), once(`document.querySelector(".rows .next").textContent.startsWith("Nobody knows")`), once(`document.querySelectorAll(".rows li").length === 1`),
		click(".filters button"), once(`document.querySelectorAll(".rows li").length > 1 && location.search === ""`),
	)
}

func TestAnAddressIsCorrectedWhereItsNotificationWasRefused(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 390, 844)
	act(t, ctx,
		navigate(startPages(t, f)), logInAs("claire@example.org"), navigate(f.pages+"/contracts/deadmail"),
		sees("This contract needs you."), sees("Signed copy to Antoine Lefèvre"), sees("the mail service answered 550 5.1.1"), sees("not tried again by itself"),
		click(".troubles button"), appears("dialog input[type=email]"), sees("Correct the address of Antoine Lefèvre"),
		retype("dialog input", "x@refused.example"), click("dialog button[value=yes]"), sees("must differ from the other signers"),
		click(".troubles button"), appears("dialog"), retype("dialog input", "antoine@right.example"), click("dialog button[value=yes]"),
		sees("antoine@right.example"), sees("The address of Antoine Lefèvre was corrected"), once(`document.querySelectorAll(".troubles li").length === 1`),
		press("Send again"), appears("dialog"), sees("they may get it twice"), click("dialog button[value=yes]"), once(`!document.querySelector(".troubles")`),
	)
}

func TestWhoIsRemindedTooSoonReadsFromWhen(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "en", 1280, 800)
	act(t, ctx,
		navigate(startPages(t, f)), logInAs("claire@example.org"), navigate(f.pages+"/contracts/unheard"),
		sees("Last asked to sign 3 hours ago"), sees("you may remind from"), sees("A fault of the installation is in the way."), sees("tried 7 times"), sees("next try in 8 minutes"), sees("Whoever runs Paraphe puts this right."),
		once(`![...document.querySelectorAll("button")].some((b) => b.textContent === "Remind")`),
	)
}

func TestOwnersSeeALateSignature(t *testing.T) {
	f := startFake(t)
	ctx := openBrowser(t, "fr", 1280, 800)
	act(t, ctx,
		navigate(startPages(t, f)), logInAs("claire@example.org"), navigate(f.pages+"/contracts/signedlate"),
		sees("Tout le monde a signé, bien que le contrat ait pris fin. Les deux faits sont conservés"), sees("prévenu que tout le monde a signé après la fin"), appears(".filelinks"),
	)
}
