package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/paraphe/paraphe/internal/testkit/browser"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// The words that the scenario in the browser is told in.
var (
	act, once, sees, at, appears, scroll = browser.Act, browser.Once, browser.Sees, browser.At, browser.Appears, browser.Scroll
	click, press, enter, retype          = browser.Click, browser.Press, browser.Enter, browser.Retype
	navigate                             = browser.Navigate
)

func openWindow(t *testing.T, width, height int64) context.Context {
	t.Helper()
	return browser.Open(t, browser.Window{Language: "en", Width: width, Height: height})
}

// The scenario as people see it: the manager at a desk, the customer on a phone, in a real browser and through the real
// pages, the signature service's among them.
func TestPeopleSignInABrowser(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	viewport := openWindow(t, 1280, 900)
	act(t, viewport,
		navigate(o.Run.Page), enter("#email", o.Run.Accounts[0].Email), enter("#password", o.Run.Accounts[0].Password),
		click("form button[type=submit]"), at("/contracts"), shot("list"),
		press("New contract"), sees("Choose a template"), click(`a[href*="service-agreement"]`), sees("Who signs"), press("Fill with an example"),
	)
	for i, p := range people {
		for field, value := range map[string]string{"first_name": p.first, "last_name": p.last, "email": p.email, "phone": p.phone} {
			act(t, viewport, enter(fmt.Sprintf(`[data-field="signers[%d].%s"] input`, i, field), value))
		}
	}
	act(t, viewport, retype(`[data-field="title"] input`, title), shot("new"), press("Create the draft"), sees("Ready to be sent."), press("Send"),
		click("dialog button[value=yes]"), sees("The invitation was mailed to Zoë Žižek"), shot("sent"))
	var phones []context.Context
	for _, p := range people {
		phones = append(phones, signOnThePhone(t, o, p))
	}
	act(t, viewport, once(`document.querySelector(".title .pill").textContent.includes("Completed")`), sees("everyone has the copy"),
		sees("A signer opened the signing page"), scroll(".timeline"), shot("completed"))
	for _, phone := range phones {
		act(t, phone, sees("Signed by everyone"), appears(`.panel a[download]`), shot("copy"))
	}
}

// title is what the manager calls the contract, and what the customer has to find again.
const title = "Refonte du site « Œuvres & Cie »"

// signatory is a person who signs in a browser.
type signatory struct{ first, last, email, phone string }

var people = []signatory{
	{"Zoë", "Žižek", "zoe@example.org", "+33600000177"}, // for the client
	{"Claire", "Dubœuf", "claire@example.org", "+33600000178"},
}

// signOnThePhone plays one signer, from the link in the notification to the page that says it is signed, and returns the
// phone that still shows it.
func signOnThePhone(t *testing.T, o *devstack.Stack, p signatory) context.Context {
	t.Helper()
	phone := openWindow(t, 390, 844)
	act(t, phone, navigate(linkFor(t, o, p.email)), sees(title), appears(".reading a[download]"), shot("signer"), press("Read and sign"),
		once(`location.href.startsWith("`+o.Run.Yousign+`")`), shot("hosted"), click("form[action*='/otp'] button"),
		browser.EnterWhenKnown("#code", codeFor(o, p.phone)), click("input[name=consent]"), shot("code"), click("form[action*='/sign?'] button"),
		once(`location.href.startsWith("`+o.Run.Page+`")`), sees(title),
		once(`document.querySelector(".stage.others, .stage.closing, .stage.done")`), shot("signed"))
	return phone
}

// linkFor waits for the notification and returns the link in it.
func linkFor(t *testing.T, o *devstack.Stack, to string) string {
	t.Helper()
	var link string
	eventually(t, "a notification with a link comes to "+to, func() bool {
		mails, err := scenario.Mails(t.Context(), o.Run.Mailbox, to)
		if err != nil || len(mails) == 0 {
			return false
		}
		for _, l := range mails[0].Links {
			if strings.Contains(l, "/sign#") {
				link = l
			}
		}
		return link != ""
	})
	return link
}

// codeFor finds the code when it is asked, not before: it comes once the page has asked for it.
func codeFor(o *devstack.Stack, number string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		var messages []struct {
			Code string `json:"code"`
		}
		err := scenario.Await(ctx, func() bool {
			answer, err := caller.Get(o.Run.Phone + "/api/messages?to=" + url.QueryEscape(number))
			if err != nil {
				return false
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			return err == nil && json.Unmarshal(text, &messages) == nil && len(messages) > 0
		})
		if err != nil {
			return "", fmt.Errorf("a code on the phone %s: %w", number, err)
		}
		return messages[0].Code, nil
	}
}

// shot leaves a picture of the page in the folder that SHOTS names, for people to look at; without it, nothing.
func shot(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		dir := os.Getenv("SHOTS")
		if dir == "" {
			return nil
		}
		picture, err := chromedp.CaptureScreenshot()(ctx, target)
		if err != nil {
			return fmt.Errorf("photograph %s: %w", name, err)
		}
		return os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	})
}
