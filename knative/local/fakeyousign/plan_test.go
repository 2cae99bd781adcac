package fakeyousign

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
)

func TestAPlanEndsByItself(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	h.plan(faults.Plan{For: 1000, Quota: faults.Quota{PerMinute: 1}})
	h.must(200, "GET", "/v3/signature_requests", "")
	h.must(429, "GET", "/v3/signature_requests", "")
	h.advance(time.Second)
	h.must(200, "GET", "/v3/signature_requests", "")
	h.plan(faults.Plan{For: 1000, API: faults.APIFaults{Unauthorized: 1}})
	h.must(401, "GET", "/v3/signature_requests", "")
	h.advance(time.Second)
	h.must(200, "GET", "/v3/signature_requests", "")
	h.must(400, "POST", "/admin/faults", `{"for_ms":-1}`)
	h.must(400, "POST", "/admin/faults", `{"quota":{"per_hour":-1}}`)
}

func TestTheKeyOfAnotherWorkspaceSeesNothingOfOurs(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	ours, signers := h.ongoing(plain)
	link := h.link(signers[0])
	h.plan(faults.Plan{OtherWorkspace: true})
	if n := len(h.listed("")); n != 0 {
		t.Errorf("it lists %d", n)
	}
	for _, c := range [][2]string{{"GET", ours}, {"POST", ours + "/cancel"}, {"GET", signers[0]}, {"GET", ours + "/audit_trails/download"}} {
		if r := h.must(404, c[0], c[1], `{"reason":"other"}`); h.text(r, "type") != "resource.not_found" {
			t.Errorf("%s %s answers %s", c[0], c[1], r.body)
		}
	}
	theirs := h.text(h.must(201, "POST", "/v3/signature_requests", plain), "id")
	h.must(200, "GET", "/v3/signature_requests/"+theirs, "")
	if page := h.send("GET", link, "", ""); page.status != http.StatusOK {
		t.Errorf("the signer's page answers %d", page.status)
	}
	h.plan(faults.Plan{})
	h.must(404, "GET", "/v3/signature_requests/"+theirs, "")
	if got := h.listed(""); len(got) != 1 || !strings.HasSuffix(ours, got[0]) {
		t.Errorf("it lists %v", got)
	}
}

func TestTheAuditTrailIsNeverReady(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request := h.in("done")
	h.plan(faults.Plan{ProofNever: true})
	for range 3 {
		h.must(400, "GET", request+"/audit_trails/download?merge=true", "")
	}
	h.plan(faults.Plan{})
	h.must(200, "GET", request+"/audit_trails/download?merge=true", "")
}

func TestAStaleListShowsEarlierVersions(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	h.plan(faults.Plan{ListStale: 2000})
	request, _ := h.draft(plain)
	h.advance(3 * time.Second)
	h.must(201, "POST", request+"/activate", "")
	status := func() string { return h.text(h.must(200, "GET", "/v3/signature_requests", ""), "data.0.status") }
	if got := status(); got != "draft" || h.text(h.must(200, "GET", request, ""), "status") != "ongoing" {
		t.Errorf("at once it lists %s", got)
	}
	h.advance(3 * time.Second)
	if got := status(); got != "ongoing" {
		t.Errorf("later it lists %s", got)
	}
}

// TestALateCallIsDoneAfterItsCallerHasGone: the caller has gone long before it is done.
func TestALateCallIsDoneAfterItsCallerHasGone(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	h.plan(faults.Plan{API: faults.APIFaults{Late: 1, SlowBy: 500, Times: 1}})
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", h.http.URL+"/v3/signature_requests", strings.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+apiKey)
	r.Header.Set("Content-Type", "application/json")
	gone := make(chan error)
	go func() {
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			answer.Body.Close()
		}
		gone <- err
	}()
	until(t, func() bool { return h.Faults().Met() == 1 })
	leave()
	if <-gone == nil {
		t.Fatal("the caller waited")
	}
	until(t, func() bool { return len(h.listed("")) == 1 })
}
