package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/audit/check"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// A record that was taken back to before a contract was sent forgets the attempt; its request is still open, and whoever
// has the link to it could sign. The running system finds it by itself and shows it, and an administrator withdraws it.
func TestWhatARestoreForgotIsFoundAndWithdrawn(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	o := open(t, func(o *devstack.Options) {
		o.Settings = map[string]string{"SWEEP_EVERY": "1s"}
		o.ClockEvery = 200 * time.Millisecond
	})
	kept, lost := reporter(o, 0), reporter(o, 1)
	for _, fact := range []*scenario.Run{kept, lost} {
		if err := fact.UpTo(ctx, scenario.Opened); err != nil {
			t.Fatal(err)
		}
	}
	forget(t, o, `"zoe1@example.org"`)
	token := logIn(t, o, 2)
	var shown struct {
		Items []struct{ ID, What, Withdraw, State string }
	}
	eventually(t, "the forgotten request is shown", func() bool {
		shown.Items = nil
		_ = json.Unmarshal([]byte(get(t, o.Run.Page+"/api/v1/stray-requests", token)), &shown)
		return len(shown.Items) > 0
	})
	if len(shown.Items) != 1 || shown.Items[0].State != "ongoing" || !strings.Contains(shown.Items[0].Withdraw, "nobody can sign it any more") {
		t.Fatalf("it is shown as %+v", shown.Items)
	}
	r, err := check.Run(ctx, outside(o), strict)
	if err != nil || len(r.Findings) != 1 || r.Findings[0].Rule != "stray" || !strings.Contains(r.Findings[0].Do, shown.Items[0].ID) {
		t.Errorf("the audit finds %v, %v", r.Findings, err)
	}
	for range 2 {
		if got := post(t, fmt.Sprintf("%s/api/v1/stray-requests/%s/withdraw", o.Run.Page, shown.Items[0].ID), token, "", nil); got != http.StatusOK {
			t.Fatalf("withdraw: %d", got)
		}
	}
	if _, err := lost.Play(ctx); err == nil {
		t.Error("the forgotten contract was signed all the same")
	}
	if _, err := kept.Play(ctx); err != nil {
		t.Errorf("the other one: %v", err)
	}
	quiet(ctx, t, o)
	audited(t, o)
}

// forget takes everything about a contract out of the record, as if it had never been made.
func forget(t *testing.T, o *devstack.Stack, signer string) {
	t.Helper()
	const theirs = `(SELECT contract FROM signers WHERE email = trim(both '"' from '%s'))`
	execute(t, o.Run.Database, fmt.Sprintf(`CREATE TEMP TABLE gone AS SELECT * FROM `+theirs, signer)+` x;
		DELETE FROM attempts WHERE contract IN (SELECT contract FROM gone); DELETE FROM notifications WHERE contract IN (SELECT contract FROM gone);
		DELETE FROM links WHERE contract IN (SELECT contract FROM gone); DELETE FROM files WHERE contract IN (SELECT contract FROM gone);
		DELETE FROM free_texts WHERE contract IN (SELECT contract FROM gone); DELETE FROM history WHERE contract IN (SELECT contract FROM gone);
		DELETE FROM readers WHERE contract IN (SELECT contract FROM gone); DELETE FROM signers WHERE contract IN (SELECT contract FROM gone);
		DELETE FROM contracts WHERE id IN (SELECT contract FROM gone)`)
}
