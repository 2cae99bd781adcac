package fakeyousign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/webhooks"
)

func TestEachAPIFaultHasItsEffect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults faults.APIFaults
		status int
		exists int // how many requests there are after creating one
	}{
		"too many":       {faults.APIFaults{TooMany: 1, Times: 1}, 429, 0},
		"fails":          {faults.APIFaults{Fails: 1, Times: 1}, 500, 0},
		"html":           {faults.APIFaults{HTML: 1, Times: 1}, 502, 0},
		"page":           {faults.APIFaults{Page: 1, Times: 1}, 200, 0},
		"page not found": {faults.APIFaults{PageNotFound: 1, Times: 1}, 404, 0},
		"moved":          {faults.APIFaults{Moved: 1, Times: 1}, 302, 0},
		"unauthorized":   {faults.APIFaults{Unauthorized: 1, Times: 1}, 401, 0},
		"unpaid":         {faults.APIFaults{Unpaid: 1, Times: 1}, 402, 0},
		"forbidden":      {faults.APIFaults{Forbidden: 1, Times: 1}, 403, 0},
		"refused":        {faults.APIFaults{Refused: 1, Times: 1}, 400, 0},
		"not found":      {faults.APIFaults{NotFound: 1, Times: 1}, 404, 0},
		"late":           {faults.APIFaults{Late: 1, SlowBy: 1, Times: 1}, 201, 1},
		"slow":           {faults.APIFaults{Slow: 1, SlowBy: 1, Times: 1}, 201, 1},
		"lost answer":    {faults.APIFaults{LostAnswer: 1, Times: 1}, 0, 1},
		"fails after":    {faults.APIFaults{FailsAfter: 1, Times: 1}, 500, 1},
		"not here":       {faults.APIFaults{Fails: 1, Only: "POST /v3/elsewhere"}, 201, 1},
		"its end":        {faults.APIFaults{Fails: 1, Only: "/signature_requests$", Times: 1}, 500, 0},
		"not its end":    {faults.APIFaults{Fails: 1, Only: "/signature$"}, 201, 1},
	} {
		h := newFixture(t, nil)
		h.plan(faults.Plan{API: c.faults})
		r := h.call("POST", "/v3/signature_requests", plain)
		if r.status != c.status {
			t.Errorf("%s: it answers %d, want %d", name, r.status, c.status)
		}
		if c.status == 429 && (r.header.Get("Retry-After") != "1" || h.text(r, "message") == "") {
			t.Errorf("%s: it answers %v %s", name, r.header, r.body)
		}
		own := strings.Contains(string(r.body), `"detail":`)
		if problem := c.status >= 400 && c.status != 429 && c.status != 502 && name != "page not found"; own != problem {
			t.Errorf("%s: it answers %s", name, r.body)
		}
		if got := len(h.listed("")); got != c.exists {
			t.Errorf("%s: %d requests exist, want %d", name, got, c.exists)
		}
	}
}

func (h *fixture) plan(p faults.Plan) {
	h.t.Helper()
	if err := h.Faults().Set(p); err != nil {
		h.t.Fatal(err)
	}
}

func TestANewRequestIsMissingFromTheListForAWhile(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	h.plan(faults.Plan{ListLag: 500})
	h.must(201, "POST", "/v3/signature_requests", plain)
	if n := len(h.listed("external_id[eq]=p1.k.abc")); n != 0 {
		t.Errorf("it is listed at once")
	}
	h.advance(time.Second)
	if n := len(h.listed("external_id[eq]=p1.k.abc")); n != 1 {
		t.Errorf("it is not listed later")
	}
}

func TestTheAuditTrailIsNotReadyAtFirst(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request := h.in("done")
	h.plan(faults.Plan{ProofNotReady: 2})
	const path = "/audit_trails/download?merge=true"
	for range 2 {
		if r := h.must(400, "GET", request+path, ""); h.text(r, "type") != "audit_trail.not_ready_for_download" {
			t.Errorf("it answers %s", r.body)
		}
	}
	h.must(200, "GET", request+path, "")
}

// genuine reports whether a webhook is signed with the right secret.
func genuine(k hook) bool {
	return k.header.Get("X-Yousign-Signature-256") == webhooks.Sign(webhookSecret, k.body)
}

func TestEachForgeryIsSentBesideTheTrueMessage(t *testing.T) {
	t.Parallel()
	token := func(k hook) string {
		s, _ := k.event.Data["signature_request"].(map[string]any)["external_id"].(string)
		return s
	}
	for name, c := range map[string]struct {
		faults faults.WebhookFaults
		forged func(hook) bool
	}{
		"wrong signature": {faults.WebhookFaults{WrongSignature: 1}, func(k hook) bool { return !genuine(k) && token(k) == "p1.k.abc" }},
		"altered body":    {faults.WebhookFaults{AlteredBody: 1}, func(k hook) bool { return !genuine(k) && strings.HasSuffix(k.body, " ") }},
		"unknown event":   {faults.WebhookFaults{UnknownEvent: 1}, func(k hook) bool { return genuine(k) && k.event.EventName == "standin.something_else" }},
		"flipped sandbox": {faults.WebhookFaults{FlippedSandbox: 1}, func(k hook) bool { return genuine(k) && !k.event.Sandbox }},
		"foreign token":   {faults.WebhookFaults{ForeignExternalID: 1}, func(k hook) bool { return genuine(k) && token(k) != "p1.k.abc" }},
	} {
		rc := newReceiver(t)
		h, _ := telling(t, rc, nil)
		h.plan(faults.Plan{Webhooks: c.faults})
		h.ongoing(plain)
		received := rc.wait(t, 6) // three events, each with a forgery before it
		forged := slices.DeleteFunc(slices.Clone(received), func(k hook) bool { return !c.forged(k) })
		if len(received) != 6 || len(forged) != 3 {
			t.Errorf("%s: %d of %d webhooks are forged, want 3 of 6", name, len(forged), len(received))
		}
	}
}

func TestAWebhookIsRepeatedNestedOrDropped(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t)
	h, _ := telling(t, rc, nil)
	h.plan(faults.Plan{Webhooks: faults.WebhookFaults{Repeat: 1, NestedMetadata: 1}})
	h.ongoing(plain)
	for _, got := range rc.wait(t, 6) {
		if !strings.HasPrefix(got.body, `{"metadata":{"event_id":`) || !genuine(got) {
			t.Errorf("it is not nested and signed: %.80s", got.body)
		}
	}
	h.plan(faults.Plan{Webhooks: faults.WebhookFaults{Drop: 1}})
	request, _ := h.ongoing(plain)
	if state := h.attempts(request, 1); state["ended"] != "dropped" {
		t.Errorf("it is %v", state["ended"])
	}
	if n := len(rc.wait(t, 6)); n != 6 {
		t.Errorf("%d webhooks came, want 6", n)
	}
}

func TestADelayedWebhookArrivesLater(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]faults.WebhookFaults{"delay": {Delay: 1, DelayBy: 60_000}, "reorder": {Reorder: 1}} {
		rc := newReceiver(t)
		h, _ := telling(t, rc, nil)
		h.plan(faults.Plan{Seed: 7, Webhooks: f})
		request, _ := h.ongoing(plain)
		until(t, func() bool {
			r, err := h.store.Get(strings.TrimPrefix(request, "/v3/signature_requests/"))
			return err == nil && r.Outbox[0].Held && r.Outbox[1].Held && r.Outbox[2].Held
		})
		if n := len(rc.wait(t, 0)); n != 0 {
			t.Errorf("%s: %d webhooks came at once", name, n)
		}
		h.advance(time.Minute)
		rc.wait(t, 3)
	}
}

// until waits for a condition.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not happen in time")
		}
	}
}

func TestTheAdminAPISetsAPlanAndRefusesAWrongOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	h.must(200, "POST", "/admin/faults", `{"seed":3,"webhooks":{"drop":0.5},"api":{"fails":1,"only":"activate"}}`)
	if p := h.Faults().Plan(); p.Seed != 3 || p.Webhooks.Drop != 0.5 || p.API.Only != "activate" {
		t.Errorf("the plan is %+v", p)
	}
	for _, bad := range []string{`{"webhooks":{"drop":2}}`, `{"api":{"slow":-0.1}}`, `{"list_lag_ms":-1}`, `{"luck":1}`} {
		h.must(400, "POST", "/admin/faults", bad)
	}
	if p := h.Faults().Plan(); p.Seed != 3 {
		t.Error("a bad plan was put in force")
	}
	if r := h.must(200, "POST", "/admin/faults", ""); h.text(r, "api.only") != "" {
		t.Errorf("an empty plan leaves %s", r.body)
	}
}

func TestTheQuotaIsAnnouncedAndEnforced(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *Options) { o.Quota = faults.SandboxQuota() })
	first := h.must(200, "GET", "/v3/signature_requests", "")
	for name, want := range map[string]string{
		"RateLimit-Limit": "30", "RateLimit-Remaining": "29", "RateLimit-Reset": "60", "X-RateLimit-Limit-Minute": "30",
		"X-RateLimit-Limit-Hour": "200", "X-RateLimit-Remaining-Minute": "29", "X-RateLimit-Remaining-Hour": "199",
	} {
		if got := first.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for range 29 {
		h.must(200, "GET", "/v3/signature_requests", "")
	}
	h.advance(20 * time.Second)
	over := h.must(429, "GET", "/v3/signature_requests", "")
	if over.header.Get("Retry-After") != "40" || h.text(over, "message") == "" {
		t.Errorf("over the quota it answers %v %s", over.header, over.body)
	}
	h.advance(40 * time.Second)
	h.must(200, "GET", "/v3/signature_requests", "")
	h.must(200, "POST", "/admin/quota", `{"per_minute":1,"per_hour":1}`)
	h.must(200, "GET", "/v3/signature_requests", "")
	if r := h.must(429, "GET", "/v3/signature_requests", ""); r.header.Get("Retry-After") != "3600" {
		t.Errorf("over the hour's quota it answers %v", r.header)
	}
}
