package fakeyousign

import (
	"strings"
	"testing"
	"time"
)

func TestADraftIsNotActivatedBeforeItIsReady(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	id := h.text(h.must(201, "POST", "/v3/signature_requests", plain), "id")
	request := "/v3/signature_requests/" + id
	refused := func(request, why string) {
		t.Helper()
		r := h.must(400, "POST", request+"/activate", "")
		if h.text(r, "type") != "standin.not_activable" || !strings.Contains(h.text(r, "detail"), why) {
			t.Errorf("activating answers %s, want something about %q", r.body, why)
		}
	}
	refused(request, "document")
	h.upload(id, contractPDF(t), map[string]string{"nature": "signable_document", "parse_anchors": "true"})
	refused(request, "no signer")
	for _, g := range []string{ana, bob} {
		h.must(201, "POST", request+"/signers", g)
	}
	other, _ := h.draft(plain)
	h.must(201, "POST", other+"/signers", bob)
	refused(other, "no signature field")
	r := h.must(201, "POST", request+"/activate", "{}")
	if h.text(r, "status") != "ongoing" || !strings.HasPrefix(h.text(r, "signers.1.signature_link"), "http://signer.test/signatures/") {
		t.Errorf("activated: %s", r.body)
	}
}

// TestWhatCanBeDoneInEachState is the state machine as a table: what each call answers in each state.
func TestWhatCanBeDoneInEachState(t *testing.T) {
	t.Parallel()
	const reason, later = `{"reason":"other"}`, `{"expiration_date":"2027-03-01"}`
	for state, want := range map[string]map[string]int{
		"draft":    {"activate": 201, "cancel": 400, "reactivate": 400, "DELETE": 204, "PATCH": 200, "signers": 201},
		"ongoing":  {"activate": 400, "cancel": 201, "reactivate": 400, "DELETE": 400, "PATCH": 200, "signers": 400},
		"done":     {"activate": 400, "cancel": 400, "reactivate": 400, "DELETE": 204, "PATCH": 400, "signers": 400},
		"declined": {"activate": 400, "cancel": 400, "reactivate": 400, "DELETE": 204, "PATCH": 400, "signers": 400},
		"expired":  {"activate": 400, "cancel": 400, "reactivate": 201, "DELETE": 204, "PATCH": 400, "signers": 400},
		"canceled": {"activate": 400, "cancel": 400, "reactivate": 400, "DELETE": 204, "PATCH": 400, "signers": 400},
		"deleted":  {"activate": 400, "cancel": 400, "reactivate": 400, "DELETE": 204, "PATCH": 400, "signers": 400},
	} {
		for act, status := range want {
			h := newFixture(t, nil)
			request := h.in(state)
			if got := h.text(h.must(200, "GET", request, ""), "status"); got != state {
				t.Fatalf("it is %s, want %s", got, state)
			}
			switch act {
			case "DELETE":
				h.must(status, act, request, "")
			case "PATCH":
				h.must(status, act, request, `{"external_id":"other"}`)
			case "signers":
				h.must(status, "POST", request+"/signers", ana)
			default:
				h.must(status, "POST", request+"/"+act, map[string]string{"cancel": reason, "reactivate": later}[act])
			}
		}
	}
}

// in makes a request that is in this state.
func (h *fixture) in(state string) string {
	h.t.Helper()
	if state == "draft" || state == "deleted" {
		request, _ := h.draft(plain)
		if state == "deleted" {
			h.must(204, "DELETE", request, "")
		}
		return request
	}
	request, signers := h.ongoing(strings.Replace(plain, `"name"`, `"expiration_date":"2026-12-31","name"`, 1))
	switch state {
	case "done":
		h.sign(signers[0])
		h.sign(signers[1])
	case "declined":
		h.form(h.link(signers[0]), "/decline", "reason=no")
	case "expired":
		h.advance(40 * 24 * time.Hour)
	case "canceled":
		h.must(201, "POST", request+"/cancel", `{"reason":"errors_in_document","custom_note":null}`)
	}
	return request
}

func TestADeclineIsAttributedAndAbortsTheOtherSigners(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(plain)
	r := h.form(h.link(signers[0]), "/decline", "reason=too+expensive")
	if to := r.header.Get("Location"); !strings.HasPrefix(to, "https://app.example/no?") {
		t.Errorf("declining leads to %s", to)
	}
	if got := h.text(h.must(200, "GET", request, ""), "decline_information.reason"); got != "too expensive" {
		t.Errorf("the reason is %q", got)
	}
	if got := h.text(h.must(200, "GET", signers[1], ""), "status"); got != "aborted" {
		t.Errorf("the other signer is %s", got)
	}
}

func TestDecliningIsRefusedWhereTheRequestForbidsIt(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(strings.Replace(plain, `"signers_allowed_to_decline":true`, `"signers_allowed_to_decline":false`, 1))
	if r := h.form(h.link(signers[0]), "/decline", "reason=no"); r.status != 409 {
		t.Errorf("declining answers %d", r.status)
	}
	if got := h.text(h.must(200, "GET", request, ""), "status"); got != "ongoing" {
		t.Errorf("it is %s", got)
	}
}

func TestAFailedSignerCancelsTheRequest(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(plain)
	h.must(201, "POST", strings.Replace(signers[0], "/v3/", "/admin/", 1)+"/fail", "")
	if got := h.text(h.must(200, "GET", request, ""), "status"); got != "canceled" {
		t.Errorf("it is %s", got)
	}
	if got := h.text(h.must(200, "GET", signers[0], ""), "status"); got != "error" {
		t.Errorf("the signer is %s", got)
	}
}

func TestOnlyANotifiedSignerIsReminded(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(plain)
	if r := h.must(201, "POST", signers[0]+"/send_reminder", ""); len(r.body) != 0 {
		t.Errorf("a reminder answers %s", r.body)
	}
	h.sign(signers[0])
	h.must(400, "POST", signers[0]+"/send_reminder", "")
}
