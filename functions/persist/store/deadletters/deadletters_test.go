package deadletters

import (
	"encoding/base64"
	"testing"

	"github.com/paraphe/paraphe/shared/events"
)

// What a gateway answers in a function's place may quote anything.
func TestOnlyAFunctionsOwnWordsAreShownBesideAContract(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]events.Undelivered{
		"the claim is held":       {Status: "422", Answer: base64.StdEncoding.EncodeToString([]byte(`{"detail":"the claim is held"}`))},
		"the last answer was 502": {Status: "502", Answer: base64.StdEncoding.EncodeToString([]byte(`<p>zoe@example.org`))},
		"the last answer was 400": {Status: "400", Answer: "%%"},
		"there was no answer":     {},
	} {
		if got := lastWords(a); got != want {
			t.Errorf("%+v: %q, want %q", a, got, want)
		}
	}
}
