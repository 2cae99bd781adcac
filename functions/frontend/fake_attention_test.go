package frontend

import (
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

// trouble is something that does not go on with a contract.
func trouble(now time.Time, about, cause, detail string, since time.Duration, tries int, remedies ...string) map[string]any {
	t := map[string]any{
		"about": about, "cause": cause, "sentence": "In the API's words.", "consequence": "And what it means.",
		"since": now.Add(-since), "last": now.Add(-since / 2), "tries": tries, "remedies": append([]string{}, remedies...),
	}
	if detail != "" {
		t["detail"] = detail
	}
	return t
}

// troubled gives contracts of the fake what needs attention.
func (f *fake) troubled() {
	ago := func(d time.Duration) time.Time { return f.now().Add(-d) }
	trouble := func(about, cause, detail string, since time.Duration, tries int, remedies ...string) map[string]any {
		return trouble(f.now(), about, cause, detail, since, tries, remedies...)
	}
	stuck := f.find("stuckone")
	stuck.Attention = "The document cannot be drawn: no font has the character “張” in signers[0].last_name."
	stuck.Troubles = []map[string]any{trouble("document", "document.refused", "no font has the character “張” (signers[0].last_name)", 2*time.Hour, 1, "retry", "cancel")}

	dead := f.find("deadmail")
	dead.Attention = "A recipient's address does not exist, or takes no notifications."
	dead.Notifications = append(dead.Notifications, map[string]any{"kind": "signed-copy", "sequence": 1, "recipient": "owner", "sent_at": ago(time.Hour)},
		map[string]any{"kind": "signed-copy", "sequence": 1, "recipient": "s1", "refused": "the mail service answered 550 5.1.1"},
		map[string]any{"kind": "signed-copy", "sequence": 1, "recipient": "s2", "tries": 4, "unclear_since": ago(time.Hour)})
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
	f.handle("GET /v1/attention", fakeStaff, func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		items := []map[string]any{}
		for _, c := range f.contracts {
			for _, t := range c.open() {
				i := slices.IndexFunc(items, func(known map[string]any) bool { return known["cause"] == t["cause"] })
				if i < 0 {
					items = append(items, causeOf(t))
					i = len(items) - 1
				}
				items[i]["contracts"] = items[i]["contracts"].(int) + 1
			}
		}
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": items})
	})
	for _, action := range []string{"retry", "set-aside"} {
		f.handle("POST /v1/attention/{cause}/"+action, fakeStaff, func(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
			f.actOnCause(w, r, action)
		})
	}
	for _, action := range []string{"set-aside", "send-again"} {
		f.one("POST /v1/contracts/{id}/"+action, fakeStaff, func(w http.ResponseWriter, r *http.Request, who *fakePerson, c *fakeContract) {
			var in struct{ About, Reason string }
			strict(r, &in, true)
			if action == "set-aside" && in.Reason == "" {
				wrongFields(wrongField("reason", "must say why it may stay as it is"))
			}
			if in.About == "" {
				wrongFields(wrongField("about", "must name one of the contract's troubles"))
			}
			f.settle(c, in.About, action)
			c.note(f.now(), "person:u-claire", "action."+strings.ReplaceAll(action, "-", "_"), map[string]any{"reason": in.Reason, "status": c.Status})
			f.answer(w, http.StatusAccepted, c, who)
		})
	}
	f.one("PATCH /v1/contracts/{id}/signers/{signer}", fakeStaff, f.correct)
}

// causeOf is a cause that a trouble is the first of.
func causeOf(t map[string]any) map[string]any {
	cause := map[string]any{"contracts": 0, "remedies": forAll(t)}
	for _, name := range []string{"cause", "sentence", "consequence", "since", "next_try", "ours"} {
		if t[name] != nil {
			cause[name] = t[name]
		}
	}
	return cause
}

// actOnCause does one thing for all contracts of a cause, or says what it would do.
func (f *fake) actOnCause(w http.ResponseWriter, r *http.Request, action string) {
	var in struct{ Reason string }
	form := any(&in)
	if action == "retry" {
		form = &struct{}{}
	}
	strict(r, form, true)
	cause, dry, name := r.PathValue("cause"), r.URL.Query().Get("dry_run"), strings.ReplaceAll(action, "-", "_")
	switch {
	case !isCause(cause):
		wrongFields(wrongField("cause", "must be a cause as it is listed"))
	case dry != "" && dry != "true" && dry != "false":
		wrongFields(wrongField("dry_run", "must be true or false"))
	case action == "set-aside" && in.Reason == "" && dry != "true":
		wrongFields(wrongField("reason", "must say why it may stay as it is"))
	}
	result := map[string]any{"action": name, "cause": cause, "sentence": "In the API's words.", "left": 0}
	done := 0
	for _, c := range f.contracts {
		for _, t := range c.open() {
			if t["cause"] != cause {
				continue
			}
			if can := forAll(t); !slices.Contains(can, name) {
				refuse(http.StatusConflict, fmt.Sprintf("%s is no remedy for this. What is: %s.", name, strings.Join(can, ", ")))
			}
			if done++; dry != "true" {
				f.settle(c, t["about"], action)
			}
		}
	}
	if result["done"] = done; dry == "true" {
		result["dry_run"], result["will"] = true, fmt.Sprintf("%d contracts.", done)
	}
	function.WriteJSON(w, http.StatusOK, result)
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

func (f *fake) correct(w http.ResponseWriter, r *http.Request, who *fakePerson, c *fakeContract) {
	var in struct{ Email string }
	strict(r, &in, true)
	i := slices.IndexFunc(c.Signers, func(s fakeSigner) bool { return s.ID == r.PathValue("signer") })
	if i < 0 {
		refuse(http.StatusNotFound, "There is no such thing, or it is not yours.")
	}
	if !strings.Contains(in.Email, "@") || strings.HasSuffix(in.Email, "@refused.example") {
		wrongFields(wrongField("email", "must differ from the other signers'"))
	}
	c.Signers[i].Email = in.Email
	f.settle(c, fmt.Sprintf("mail/signed-copy/1/%s", c.Signers[i].ID), "corrected")
	c.note(f.now(), "person:u-claire", "action.correct_address", map[string]any{"signer": c.Signers[i].ID, "status": c.Status})
	f.answer(w, http.StatusOK, c, who)
}
