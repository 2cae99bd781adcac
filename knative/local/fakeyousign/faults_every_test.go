package fakeyousign

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEveryFaultIsListed: a fault that somebody adds to the plan is tried by whoever tries them all.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	beside := []string{ // what only says more of a fault
		"seed", "for_ms", "webhooks.delay_ms", "api.slow_ms", "api.only", "api.times",
	}
	every := EveryFault()
	var walk func(prefix string, of reflect.Type, at func(Plan) reflect.Value)
	walk = func(prefix string, of reflect.Type, at func(Plan) reflect.Value) {
		for i := range of.NumField() {
			name := prefix + of.Field(i).Tag.Get("json")
			if name == "webhooks" || name == "api" {
				walk(name+".", of.Field(i).Type, func(p Plan) reflect.Value { return at(p).Field(i) })
				continue
			}
			plan, listed := every[name]
			if listed == slices.Contains(beside, name) || listed && at(plan).Field(i).IsZero() {
				t.Errorf("%s: listed is %v, with the plan %+v", name, listed, plan)
			}
			delete(every, name)
		}
	}
	walk("", reflect.TypeFor[Plan](), func(p Plan) reflect.Value { return reflect.ValueOf(p) })
	if len(every) != 0 {
		t.Errorf("these are no faults: %v", every)
	}
	for name, p := range EveryFault() {
		if err := newFaults(time.Now).Set(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPlanEndsByItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.plan(Plan{For: 1000, Quota: Quota{PerMinute: 1}})
	h.must(200, "GET", "/v3/signature_requests", "")
	h.must(429, "GET", "/v3/signature_requests", "")
	h.pass(time.Second)
	h.must(200, "GET", "/v3/signature_requests", "")
	h.plan(Plan{For: 1000, API: APIFaults{Unauthorized: 1}})
	h.must(401, "GET", "/v3/signature_requests", "")
	h.pass(time.Second)
	h.must(200, "GET", "/v3/signature_requests", "")
	h.must(400, "POST", "/admin/faults", `{"for_ms":-1}`)
	h.must(400, "POST", "/admin/faults", `{"quota":{"per_hour":-1}}`)
}

func TestTheKeyOfAnotherWorkspaceSeesNothingOfOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ours, signers := h.ongoing(plain)
	link := h.link(signers[0])
	h.plan(Plan{OtherWorkspace: true})
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
	h.plan(Plan{})
	h.must(404, "GET", "/v3/signature_requests/"+theirs, "")
	if got := h.listed(""); len(got) != 1 || !strings.HasSuffix(ours, got[0]) {
		t.Errorf("it lists %v", got)
	}
}

func TestTheAuditTrailIsNeverReady(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	request := h.in("done")
	h.plan(Plan{ProofNever: true})
	for range 3 {
		h.must(400, "GET", request+"/audit_trails/download?merge=true", "")
	}
	h.plan(Plan{})
	h.must(200, "GET", request+"/audit_trails/download?merge=true", "")
}

func TestTheListShowsThePast(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.plan(Plan{ListStale: 2000})
	request, _ := h.draft(plain)
	h.pass(3 * time.Second)
	h.must(201, "POST", request+"/activate", "")
	status := func() string { return h.text(h.must(200, "GET", "/v3/signature_requests", ""), "data.0.status") }
	if got := status(); got != "draft" || h.text(h.must(200, "GET", request, ""), "status") != "ongoing" {
		t.Errorf("at once it lists %s", got)
	}
	h.pass(3 * time.Second)
	if got := status(); got != "ongoing" {
		t.Errorf("later it lists %s", got)
	}
}

// TestALateDeedIsDoneForNobody: the caller has gone long before it is done.
func TestALateDeedIsDoneForNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.plan(Plan{API: APIFaults{Late: 1, SlowBy: 500, Times: 1}})
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
	until(t, func() bool {
		h.Faults().mu.Lock()
		defer h.Faults().mu.Unlock()
		return h.Faults().struck == 1
	})
	leave()
	if <-gone == nil {
		t.Fatal("the caller waited")
	}
	until(t, func() bool { return len(h.listed("")) == 1 })
}
