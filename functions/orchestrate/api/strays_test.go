package api_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestAnAdministratorWithdrawsAStrayOnce(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id, _ := o.Sent(t)
	request := o.Contracts[id].Request.ID
	o.Strays["a"] = &persistclient.StrayRequest{ID: "a", Request: request, Contract: id, Attempt: 1, State: events.SignatureOngoing, ExternalID: o.Tokens[id], FoundAt: testkit.Noon}
	var list struct {
		Items []struct{ ID, What, Withdraw, ExternalID string }
	}
	shown := o.Call(t, "admin", "GET", "/v1/stray-requests", "")
	if shown.Into(t, &list); len(list.Items) != 1 || !strings.Contains(list.Items[0].What, "can sign") || !strings.Contains(list.Items[0].Withdraw, "nobody can sign it any more") {
		t.Errorf("it is shown as %s", shown.Body)
	}
	if strings.Contains(string(shown.Body), o.Tokens[id]) {
		t.Error("the sealed message is shown")
	}
	calls := o.Calls
	for range 2 {
		got := o.Call(t, "admin", "POST", "/v1/stray-requests/a/withdraw", "")
		if got.Status != 200 || !strings.Contains(string(got.Body), `"state":"cancelled"`) || o.Calls != calls+1 {
			t.Errorf("withdraw: %d %s after %d calls", got.Status, got.Body, o.Calls-calls)
		}
	}
	if o.Requests[request].Answer.State != events.SignatureCancelled || o.Strays["a"].SettledAt.IsZero() {
		t.Errorf("at the service it is %s, on record %+v", o.Requests[request].Answer.State, o.Strays["a"])
	}
	if got := o.Call(t, "admin", "POST", "/v1/stray-requests/none/withdraw", ""); got.Status != 404 {
		t.Errorf("one that is none: %d", got.Status)
	}
	o.Strays["s"] = &persistclient.StrayRequest{ID: "s", ExternalID: "t"}
	o.Fail(errors.New("away"))
	if got := o.Call(t, "admin", "POST", "/v1/stray-requests/s/withdraw", ""); got.Status != 503 || !o.Strays["s"].SettledAt.IsZero() {
		t.Errorf("while the service is away: %d, %s", got.Status, o.Strays["s"].SettledAt.Format(time.RFC3339))
	}
}
