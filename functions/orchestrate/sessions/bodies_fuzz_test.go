package sessions

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/shared/fields"
)

// FuzzSmallBodies does the same for the other bodies: credentials, accounts and reasons.
func FuzzSmallBodies(f *testing.F) {
	for _, body := range []string{testkit.RightLogin, `{"link":"x"}`, `{"token":"a.b.c"}`, `{"email":"z@b.fr","name":"Zoé","role":"manager","password":"a long enough one","locale":"fr"}`,
		`{"reason":"a\nb"}`, `{"reason":"\u0000"}`, `{"REASON":"x","reason":"y"}`, `{"name":"a\u2028b"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var user input.User
		if rest.DecodeStrict(body, &user) == nil && len(user.Check()) == 0 {
			if strings.ContainsAny(user.Email+user.Name, "<>\r\n") || len(user.Password) < fields.PasswordLeast {
				t.Errorf("%q made %+v", body, user)
			}
		}
		var reason struct {
			Reason string `json:"reason"`
		}
		if rest.DecodeStrict(body, &reason) == nil && fields.ValidateReason(reason.Reason) == nil && strings.ContainsAny(reason.Reason, "\r\x00") {
			t.Errorf("the reason %q was taken", reason.Reason)
		}
		var given credentials
		_ = rest.DecodeStrict(body, &given) // it must only not panic
	})
}
