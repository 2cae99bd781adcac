package transport

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/mailbox"
)

// The search is tried against a service that speaks as SendGrid's does.
func TestSendGridIsAskedWhetherItHasANotification(t *testing.T) {
	t.Parallel()
	transport, server := strict(t)
	m := exampleMail()
	other := exampleMail()
	other.CustomArgs = map[string]string{"contract": "c2", "kind": "signed-copy", "sequence": "1", "recipient": "s1", "claim": "1"}
	if err := transport.Send(m, SendTimeout); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		faults     mailbox.Faults
		customArgs map[string]string
		want       SearchResult
		fate       Class
		fails      bool
	}{
		"it has it":                   {customArgs: m.CustomArgs, want: SearchResult{Found: true}},
		"it has others":               {customArgs: other.CustomArgs, want: SearchResult{}},
		"it shows nothing so new":     {faults: mailbox.Faults{SearchLag: 3_600_000}, customArgs: m.CustomArgs, want: SearchResult{Empty: true}},
		"it never shows anything":     {faults: mailbox.Faults{Search: mailbox.SearchBlind}, customArgs: m.CustomArgs, want: SearchResult{Empty: true}},
		"it was not bought":           {faults: mailbox.Faults{Search: mailbox.SearchNotBought}, customArgs: m.CustomArgs, fails: true, fate: Permanent},
		"there is no such call":       {faults: mailbox.Faults{Search: mailbox.SearchMissing}, customArgs: m.CustomArgs, fails: true, fate: Permanent},
		"it fails":                    {faults: mailbox.Faults{Search: mailbox.SearchFails}, customArgs: m.CustomArgs, fails: true},
		"it limits":                   {faults: mailbox.Faults{Search: mailbox.SearchLimited}, customArgs: m.CustomArgs, fails: true},
		"it says something else":      {faults: mailbox.Faults{Search: mailbox.SearchBabbles}, customArgs: m.CustomArgs, fails: true},
		"the key is revoked just now": {faults: mailbox.Faults{Then: mailbox.Revoked}, customArgs: m.CustomArgs, fails: true},
	} {
		server.Box.Misbehave(c.faults)
		got, err := transport.Search(t.Context(), c.customArgs)
		var f Failure
		if errors.As(err, &f) != c.fails || f.Class != c.fate || got.Found != c.want.Found || err == nil && got.Empty != c.want.Empty {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if err == nil && !got.Found && !got.Empty && (got.NewestAge < 0 || got.NewestAge > time.Minute) {
			t.Errorf("%s: the newest is %s old", name, got.NewestAge)
		}
		if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %q quotes an address", name, err)
		}
	}
}
