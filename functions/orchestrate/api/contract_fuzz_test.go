package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/shared/function"
)

// FuzzContractBody looks for a body that gets something into a draft that has no place on a page, in a mail's header or
// at the signature service, and for one that is refused without an answer.
func FuzzContractBody(f *testing.F) {
	for _, body := range []string{
		testkit.ContractBody(f), testkit.ContractBody(f, testkit.With("title", "a\r\nBcc: x@evil.example")), testkit.ContractBody(f, testkit.With("title", "<script>")), testkit.ContractBody(f, testkit.WithSigner("email", "a@b.fr\r\nBcc: c@d.fr")),
		testkit.ContractBody(f, testkit.WithSigner("first_name", "\u202e")), testkit.ContractBody(f, testkit.With("deadline", "9999-12-31")), testkit.ContractBody(f, testkit.With("data", nil)),
		"", "null", "[]", "{}", `{"title":1}`, `{"title":"a","Title":"b"}`, `{"data":{"a":1,"a":2}}`, "{\"title\":\"\xff\"}", strings.Repeat("[", 20_000), `{"signers":[{}]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var asked input.Contract
		if err := rest.DecodeStrict(body, &asked); err != nil {
			var p function.Problem
			if !errors.As(err, &p) || p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		draft, wrong := asked.Draft(testkit.Noon)
		for _, w := range wrong {
			if w.Field == "" || w.Reason == "" {
				t.Errorf("a field error without words: %+v", w)
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
			if line == "" || !utf8.ValidString(line) || strings.ContainsAny(line, "<>") || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("%q was taken", line)
			}
		}
		if !json.Valid(draft.Data) || len(draft.People) > 10 || !draft.Deadline.After(testkit.Noon) {
			t.Errorf("drafted: %+v", draft)
		}
	})
}
