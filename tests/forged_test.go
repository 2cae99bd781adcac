package tests

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
)

// Before every true webhook come forged ones: of another secret, changed after it was signed, of the other environment,
// about somebody else's request. And the true ones are nested or of unknown kinds, repeated and out of order. The scenario
// ends as it does without them, and its history holds each proved message once and no other.
func TestForgedWebhooksAreRefusedAndProvedOnesCountOnce(t *testing.T) {
	t.Parallel()
	var consumed recorder
	o := open(t, func(o *devstack.Options) { o.Wrap = consumed.before })
	ctx := within(t)
	plan := faults.Plan{Seed: 5}
	f := &plan.Webhooks
	f.WrongSignature, f.AlteredBody, f.FlippedSandbox, f.ForeignExternalID, f.UnknownEvent = 1, 1, 1, 1, 1
	f.NestedMetadata, f.Repeat, f.Reorder = 0.5, 0.5, 0.3
	if err := o.Yousign().Faults().Set(plan); err != nil {
		t.Fatal(err)
	}
	end, err := reporter(o, 0).Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all := consumed.settled(ctx, t, o, "signature_request.done")
	want := provedIn(t, o, all)
	var reported []string
	for _, e := range stateOf(ctx, t, o, end.Contract).history {
		if e["what"] == "signature.reported" {
			reported = append(reported, e["detail"].(map[string]any)["delivery"].(string))
		}
	}
	slices.Sort(reported)
	if !slices.Equal(reported, want) || len(all) < 3*len(want) {
		t.Errorf("of %d messages these are proved:\n%v\non record are:\n%v", len(all), want, reported)
	}
	assertNotifications(ctx, t, o, end.Contract, "zoe0@example.org")
}

// provedIn lists the ids of the messages that bear all proofs, each once.
func provedIn(t *testing.T, o *devstack.Stack, all []webhook) []string {
	t.Helper()
	var ids []string
	for _, w := range all {
		type head struct {
			ID      string `json:"event_id"`
			Sandbox bool   `json:"sandbox"`
		}
		var m struct {
			head
			Metadata head `json:"metadata"`
		}
		if err := json.Unmarshal(w.body, &m); err != nil {
			t.Fatal(err)
		}
		if m.Metadata.ID != "" {
			m.head = m.Metadata
		}
		ours := strings.HasPrefix(w.read(t).Data.Request.ExternalID, "p1.")
		if ours && m.Sandbox && w.header.Get("X-Yousign-Signature-256") == signatureOf(w.body, o.Run.WebhookSecret) {
			ids = append(ids, m.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
