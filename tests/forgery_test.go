package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/story"
)

// Who is inside the cluster can reach the broker, and say there that everyone signed. Nobody acts on it: it is kept
// among the dead letters, and the contract stands as it stood.
func TestAFactThatItsAuthorDidNotSignIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	ctx, told := within(t), teller(o, 3)
	if err := told.UpTo(ctx, story.Mailed); err != nil {
		t.Fatal(err)
	}
	manager, administrator := logIn(t, o, 0), logIn(t, o, 2)
	list := get(t, o.Run.Page+"/api/v1/contracts", manager)
	_, rest, _ := strings.Cut(list, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	forged := map[string]string{
		"Ce-Specversion": "1.0", "Ce-Id": "forged", "Ce-Source": "orchestrate", "Ce-Type": "dev.paraphe.signature.checked", "Ce-Subject": id,
		"Ce-Time": "2026-11-24T12:00:00Z", "Ce-Signaturekey": "orchestrate", "Ce-Signature": strings.Repeat("A", 86),
	}
	body := `{"attempt":1,"state":"done","move":{"from":"sent","to":"signed"}}`
	for range 2 { // unsigned at the second turn
		if got := post(t, o.Run.Broker, "", body, forged); got != http.StatusAccepted {
			t.Fatalf("the broker answered %d", got)
		}
		delete(forged, "Ce-Signature")
		forged["Ce-Id"] = "unsigned"
	}
	var kept string
	eventually(t, "both are among the dead letters", func() bool {
		kept = get(t, o.Run.Page+"/api/v1/dead-letters", administrator)
		return strings.Contains(kept, "its signature does not hold") && strings.Contains(kept, "it has no signature")
	})
	if !strings.Contains(kept, `"422"`) {
		t.Errorf("they were not refused with 422: %s", kept)
	}
	if now := get(t, o.Run.Page+"/api/v1/contracts/"+id, manager); !strings.Contains(now, `"status":"sent"`) {
		t.Errorf("it moved the contract: %s", now)
	}
	if _, err := told.Play(ctx); err != nil { // and the story goes on to its own end
		t.Fatal(err)
	}
}
