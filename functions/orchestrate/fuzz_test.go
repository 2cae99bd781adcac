package orchestrate

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/function"
)

// FuzzContractBody looks for a body that gets something into a draft that has no place on a page, in a mail's header or
// at the signature service, and for one that is refused without an answer.
func FuzzContractBody(f *testing.F) {
	for _, body := range []string{
		wanted(f), wanted(f, set("title", "a\r\nBcc: x@evil.example")), wanted(f, set("title", "<script>")), wanted(f, setSigner("email", "a@b.fr\r\nBcc: c@d.fr")),
		wanted(f, setSigner("first_name", "\u202e")), wanted(f, set("deadline", "9999-12-31")), wanted(f, set("data", nil)),
		"", "null", "[]", "{}", `{"title":1}`, `{"title":"a","Title":"b"}`, `{"data":{"a":1,"a":2}}`, "{\"title\":\"\xff\"}", strings.Repeat("[", 20_000), `{"signers":[{}]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var asked newContract
		if err := decodeStrictly(body, &asked); err != nil {
			var p function.Problem
			if !errors.As(err, &p) || p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		draft, wrong := asked.draft(noon)
		for _, w := range wrong {
			if w.Field == "" || w.Reason == "" {
				t.Errorf("a fault without words: %+v", w)
			}
		}
		if len(wrong) > 0 {
			return
		}
		lines := []string{draft.Title, draft.Language, draft.Template}
		for _, p := range draft.People {
			lines = append(lines, p.FirstName, p.LastName, p.Email, p.Phone, p.Locale)
		}
		for _, line := range lines {
			if line == "" || !utf8.ValidString(line) || strings.ContainsAny(line, "<>") || strings.ContainsFunc(line, invisible) {
				t.Errorf("%q was taken", line)
			}
		}
		if !json.Valid(draft.Data) || len(draft.People) > signersLimit || !draft.Deadline.After(noon) {
			t.Errorf("drafted: %+v", draft)
		}
	})
}

// FuzzSmallBodies does the same for the other bodies: credentials, accounts and reasons.
func FuzzSmallBodies(f *testing.F) {
	for _, body := range []string{rightLogIn, `{"link":"x"}`, `{"token":"a.b.c"}`, `{"email":"z@b.fr","name":"Zoé","role":"manager","password":"a long enough one","locale":"fr"}`,
		`{"reason":"a\nb"}`, `{"reason":"\u0000"}`, `{"REASON":"x","reason":"y"}`, `{"name":"a\u2028b"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var user newUser
		if decodeStrictly(body, &user) == nil && len(user.check()) == 0 {
			if strings.ContainsAny(user.Email+user.Name, "<>\r\n") || len(user.Password) < passwordLeast {
				t.Errorf("%q made %+v", body, user)
			}
		}
		var reason struct {
			Reason string `json:"reason"`
		}
		if decodeStrictly(body, &reason) == nil && whyNoReason(reason.Reason) == "" && strings.ContainsAny(reason.Reason, "\r\x00") {
			t.Errorf("the reason %q was taken", reason.Reason)
		}
		var given credentials
		_ = decodeStrictly(body, &given) // it must only not panic
	})
}
