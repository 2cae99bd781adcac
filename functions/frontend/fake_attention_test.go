package frontend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// open are the troubles of a contract that nobody has set aside.
func (c *fakeContract) open() []map[string]any {
	return slices.DeleteFunc(slices.Clone(c.Troubles), func(t map[string]any) bool { return t["set_aside_at"] != nil })
}

// troubled gives contracts of the fake what needs attention.
func (f *fake) troubled() {
	ago := func(d time.Duration) time.Time { return f.now().Add(-d) }
	trouble := func(about, cause, detail string, since time.Duration, tries int, remedies ...string) map[string]any {
		return map[string]any{"about": about, "cause": cause, "sentence": "In the API's words.", "detail": detail, "since": ago(since), "last": ago(since / 2), "tries": tries, "remedies": remedies}
	}
	stuck := f.find("stuckone")
	stuck.Attention = "The document cannot be drawn: no font has the character “張” in signers[0].last_name."
	stuck.Troubles = []map[string]any{trouble("document", "document.refused", "no font has the character “張” (signers[0].last_name)", 2*time.Hour, 1, "retry", "cancel")}

	dead := f.find("deadmail")
	dead.Attention = "A recipient's address does not exist, or takes no letters."
	dead.Letters = append(dead.Letters, map[string]any{"name": "signed-copy", "occasion": 1, "recipient": "owner", "sent_at": ago(time.Hour)},
		map[string]any{"name": "signed-copy", "occasion": 1, "recipient": "s1", "refused": "the mail service answered 550 5.1.1"},
		map[string]any{"name": "signed-copy", "occasion": 1, "recipient": "s2", "tries": 4, "unclear_since": ago(time.Hour)})
	aside := trouble("event/signature.check", "event.undeliverable", "the last answer was 503", 5*time.Hour, 1)
	aside["set_aside_at"] = ago(4 * time.Hour)
	dead.Troubles = []map[string]any{
		trouble("mail/signed-copy/1/s1", "mail.address_refused", "the mail service answered 550 5.1.1", time.Hour, 1, "correct_address", "send_again", "set_aside"),
		trouble("mail/signed-copy/1/s2", "mail.unclear", "", 50*time.Minute, 4, "send_again", "set_aside"), aside,
	}

	waiting := f.find("unheard")
	waiting.Attention = "The signature service does not accept the API key."
	ours := trouble("signature", "signature.unauthorized", "the signature service answered 401", 26*time.Minute, 7, "retry", "set_aside")
	ours["ours"], ours["next_try"] = true, f.now().Add(8*time.Minute)
	waiting.Troubles = []map[string]any{ours}
	waiting.RemindedAt, waiting.RemindAfter = ago(3*time.Hour), f.now().Add(21*time.Hour)

	late := f.find("signedlate")
	late.Attention = "Everyone signed, although the contract had ended."
	late.Troubles = []map[string]any{trouble("signature", "signature.signed_late", "", 3*time.Hour, 1, "set_aside")}
}

func (f *fake) attentionRoutes() {
	f.handle("GET /v1/attention", func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		items := []map[string]any{}
		for _, c := range f.contracts {
			for _, t := range c.open() {
				i := slices.IndexFunc(items, func(known map[string]any) bool { return known["cause"] == t["cause"] })
				if i < 0 {
					items = append(items, map[string]any{"cause": t["cause"], "sentence": t["sentence"], "since": t["since"], "contracts": 0, "next_try": t["next_try"], "ours": t["ours"], "remedies": forAll(t)})
					i = len(items) - 1
				}
				items[i]["contracts"] = items[i]["contracts"].(int) + 1
			}
		}
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": items})
	})
	for _, action := range []string{"retry", "set-aside"} {
		f.handle("POST /v1/attention/{cause}/"+action, func(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
			dry, done := r.URL.Query().Get("dry_run") == "true", 0
			for _, c := range f.contracts {
				for _, t := range c.open() {
					if t["cause"] == r.PathValue("cause") {
						if done++; !dry {
							f.settle(c, t["about"], action)
						}
					}
				}
			}
			function.WriteJSON(w, http.StatusOK, map[string]any{"done": done, "left": 0, "dry_run": dry})
		})
	}
	for _, action := range []string{"set-aside", "send-again"} {
		f.one("POST /v1/contracts/{id}/"+action, func(w http.ResponseWriter, r *http.Request, c *fakeContract) {
			var in struct{ About, Reason string }
			_ = json.NewDecoder(r.Body).Decode(&in)
			f.settle(c, in.About, action)
			c.note(f.now(), "person:u-claire", "action."+strings.ReplaceAll(action, "-", "_"), map[string]any{"reason": in.Reason, "status": c.Status})
			function.WriteJSON(w, http.StatusAccepted, f.seen(c, "manager"))
		})
	}
	f.one("PATCH /v1/contracts/{id}/signers/{signer}", f.correct)
}

func (c *fakeContract) hasCause(cause string) bool {
	return cause == "" || slices.ContainsFunc(c.open(), func(t map[string]any) bool { return t["cause"] == cause })
}

// forAll are the remedies that help all contracts of a cause.
func forAll(trouble map[string]any) []string {
	return slices.DeleteFunc(slices.Clone(trouble["remedies"].([]string)), func(r string) bool { return r != "retry" && r != "set_aside" })
}

// settle ends a trouble, or sets it aside.
func (f *fake) settle(c *fakeContract, about any, action string) {
	c.Version++
	for i, t := range c.Troubles {
		if t["about"] == about && action == "set-aside" {
			t["set_aside_at"] = f.now()
		} else if t["about"] == about {
			c.Troubles = slices.Delete(c.Troubles, i, i+1)
			break
		}
	}
	if len(c.open()) == 0 {
		c.Attention = ""
	}
}

func (f *fake) correct(w http.ResponseWriter, r *http.Request, c *fakeContract) {
	var in struct{ Email string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	if strings.HasSuffix(in.Email, "@refused.example") {
		refuse(w, http.StatusUnprocessableEntity, "Some fields cannot be taken as they are.", function.FieldError{Field: "email", Reason: "must differ from the other signers'"})
		return
	}
	for i := range c.Signers {
		if c.Signers[i].ID == r.PathValue("signer") {
			c.Signers[i].Email = in.Email
		}
	}
	f.settle(c, fmt.Sprintf("mail/signed-copy/1/%s", r.PathValue("signer")), "corrected")
	c.note(f.now(), "person:u-claire", "action.correct_address", map[string]any{"signer": r.PathValue("signer"), "status": c.Status})
	function.WriteJSON(w, http.StatusOK, f.seen(c, "manager"))
}
