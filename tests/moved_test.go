package tests

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// A signature service that calls from a new address is refused, and the alarm says so; put on the list, it is let in
// by the process that runs.
func TestNewServiceAddressesAreLoggedAndListedWithoutARestart(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	ctx := within(t)
	plan := faults.Plan{}
	plan.Webhooks.StrangeAddress = 1
	if err := o.Yousign().Faults().Set(plan); err != nil {
		t.Fatal(err)
	}
	if err := reporter(o, 0).UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	awaitLog(ctx, t, o, `"level":"ERROR","msg":"signed by the service, but from an address that is not listed"`)
	if strings.Contains(logOf(t, o, "receive-webhook"), `"msg":"webhook accepted"`) {
		t.Error("a message from an address that is not listed was believed")
	}
	before := o.Processes()["receive-webhook"]
	if err := os.WriteFile(filepath.Join(o.Dir(), "addresses", "yousign.main"), []byte("127.0.0.1\n127.0.0.2 # the new one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	awaitLog(ctx, t, o, `"msg":"the list of addresses changed"`, `"msg":"webhook accepted"`)
	if after := o.Processes()["receive-webhook"]; after != before || before == 0 {
		t.Errorf("process %d became %d", before, after)
	}
}

// awaitLog waits until receive-webhook's log holds all of these.
func awaitLog(ctx context.Context, t *testing.T, o *devstack.Stack, all ...string) {
	t.Helper()
	err := scenario.Await(ctx, func() bool {
		out := logOf(t, o, "receive-webhook")
		for _, words := range all {
			if !strings.Contains(out, words) {
				return false
			}
		}
		return true
	})
	if err != nil {
		t.Fatalf("the log never said %q", all)
	}
}

// logOf is all that a function of the stack has said.
func logOf(t *testing.T, o *devstack.Stack, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.Dir(), "log", name+".log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}
