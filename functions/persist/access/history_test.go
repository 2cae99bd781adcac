package access

import (
	"testing"

	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestASignersHistoryTellsWhatTheContractShows: of an entry that is not for them, at most to which status it led.
func TestASignersHistoryTellsWhatTheContractShows(t *testing.T) {
	t.Parallel()
	p := signing
	p.own = "s1"
	for name, c := range map[string]struct{ what, detail, want string }{
		"a notification to them":    {"mail.sent", `{"kind":"reminder","sequence":1,"recipient":"s1","event":"e"}`, `mail.sent {"kind":"reminder","recipient":"s1","sequence":1}`},
		"to another":                {"mail.sent", `{"kind":"reminder","sequence":1,"recipient":"s2"}`, ""},
		"to another, the last one":  {"mail.sent", `{"kind":"signed-copy","recipient":"s2","status":"completed"}`, `contract.completed {"status":"completed"}`},
		"one of a kind to come":     {"contract.sung", `{"by":"s2"}`, ""},
		"one that changes how much": {"contract.sung", `{"by":"s2","status":"declined"}`, `contract.declined {"status":"declined"}`},
		"what they may see of one":  {"action.cancel", `{"status":"sent","cancel_wanted":true,"words_sha256":"x"}`, `action.cancel {"cancel_wanted":true,"status":"sent"}`},
		"without a detail":          {"action.cancel", `null`, `action.cancel {}`},
	} {
		entries := p.entries([]persistclient.Entry{{Seq: 7, Actor: "person:x", What: c.what, Detail: []byte(c.detail), Hash: "h", PreviousHash: "p", Words: "w"}})
		got := ""
		for _, e := range entries {
			if got = e.What + " " + string(e.Detail); e.Seq != 7 || e.Hash+e.PreviousHash+e.Words != "" || e.What != c.what && e.Actor != "function:persist" {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if unknown := (visibility{}).entries([]persistclient.Entry{{What: c.what, Detail: []byte(c.detail)}}); len(unknown) != 0 {
			t.Errorf("%s, to somebody who has nothing to do with it: %+v", name, unknown)
		}
	}
}
