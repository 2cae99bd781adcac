package tests

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// Who is inside the cluster can reach the broker, and say there that everyone signed. Nobody acts on it: the log of the one
// who refused it tells of it, and everything on record stays as it was.
func TestAFactThatItsAuthorDidNotSignIsRefusedAndLeavesNoTrace(t *testing.T) {
	t.Parallel()
	o := open(t, stillness)
	ctx, fact := within(t), reporter(o, 3)
	if err := fact.UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	manager := logIn(t, o, 0)
	list := get(t, o.Run.Page+"/api/v1/contracts", manager)
	_, rest, _ := strings.Cut(list, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	forged := map[string]string{
		"Ce-Specversion": "1.0", "Ce-Id": "forged", "Ce-Source": "orchestrate", "Ce-Type": "dev.paraphe.signature.checked", "Ce-Subject": id,
		"Ce-Time": "2026-11-24T12:00:00Z", "Ce-Signaturekey": "orchestrate", "Ce-Signature": strings.Repeat("A", 86),
	}
	body := `{"attempt":1,"state":"done"}`
	eventually(t, "nothing is under way", func() bool { return o.Broker().Pending() == 0 })
	state := states(t, o)
	before := state()
	for range 2 { // unsigned at the second turn
		if got := post(t, o.Run.Broker, "", body, forged); got != http.StatusAccepted {
			t.Fatalf("the broker answered %d", got)
		}
		delete(forged, "Ce-Signature")
		forged["Ce-Id"] = "unsigned"
	}
	eventually(t, "the Broker has given up", func() bool { return o.Broker().Pending() == 0 })
	if after := state(); after != before {
		t.Errorf("something changed:\n%s\nbecame\n%s", before, after)
	}
	out, err := os.ReadFile(filepath.Join(o.Dir(), "log", "persist.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, why := range []string{`"status":422,"error":"refused: the event is not its author's: signature.checked: its signature does not hold"`,
		"signature.checked: it has no signature", "a dead letter was refused"} {
		if !strings.Contains(string(out), why) {
			t.Errorf("the log does not say %q", why)
		}
	}
	if now := get(t, o.Run.Page+"/api/v1/contracts/"+id, manager); !strings.Contains(now, `"status":"sent"`) {
		t.Errorf("it moved the contract: %s", now)
	}
	if _, err := fact.Play(ctx); err != nil { // and the scenario goes on to its own end
		t.Fatal(err)
	}
}
