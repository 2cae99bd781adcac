package yousign_test

import (
	"net/http"
	"slices"
	"time"
)

func (y *fakeYousign) addSigner(w http.ResponseWriter, r *http.Request, q *request) {
	body, wrong := read(r, map[string]func(any) bool{
		"info":                          person,
		"signature_level":               is("electronic_signature"),
		"signature_authentication_mode": is("otp_sms"),
		"redirect_urls":                 redirects,
	})
	if len(wrong) > 0 || q.Status != "draft" {
		problem(w, http.StatusBadRequest, "validation.error", "Ana Martin cannot sign", wrong...)
		return
	}
	s := &signer{ID: y.id("5555"), Status: "initiated", Body: body}
	q.Signers = append(q.Signers, s)
	respond(w, http.StatusCreated, y.signerView(s))
}

func person(v any) bool {
	info, _ := v.(map[string]any)
	email, _ := info["email"].(string)
	return len(info) == 5 && text(humanName)(info["first_name"]) && text(humanName)(info["last_name"]) && email != "" &&
		text(e164)(info["phone_number"]) && is("en", "fr", "de", "it", "nl", "es", "pl")(info["locale"])
}

func redirects(v any) bool {
	urls, given := v.(map[string]any)
	return !given || (len(urls) == 3 && urls["success"] != "" && urls["error"] != "" && urls["decline"] != "")
}

// signerView is the full form. The link is a new one at each look.
func (y *fakeYousign) signerView(s *signer) map[string]any {
	view := map[string]any{"id": s.ID, "status": s.Status, "info": s.Body["info"], "signed_at": s.SignedAt,
		"signature_link": nil, "signature_link_expiration_date": nil}
	if s.Status == "notified" {
		view["signature_link"] = "https://yousign.app/signatures/" + y.id("1111")
		view["signature_link_expiration_date"] = now.Add(48 * time.Hour)
	}
	return view
}

func (y *fakeYousign) signers(w http.ResponseWriter, _ *http.Request, q *request) {
	all := []any{}
	for _, s := range q.Signers {
		all = append(all, y.signerView(s))
	}
	respond(w, http.StatusOK, all)
}

func (y *fakeYousign) oneSigner(w http.ResponseWriter, r *http.Request, q *request) {
	for _, s := range q.Signers {
		if s.ID == r.PathValue("signer") {
			respond(w, http.StatusOK, y.signerView(s))
			return
		}
	}
	problem(w, http.StatusNotFound, "resource.not_found", "no such signer")
}

func (y *fakeYousign) activate(w http.ResponseWriter, _ *http.Request, q *request) {
	if q.Status != "draft" || len(q.Documents) == 0 || len(q.Signers) == 0 {
		problem(w, http.StatusBadRequest, "standin.not_activable", "not now")
		return
	}
	q.Status = "ongoing"
	for i, s := range q.Signers {
		if i == 0 || q.Body["ordered_signers"] == false {
			s.Status = "notified"
		}
	}
	respond(w, http.StatusCreated, q.view())
}

func (y *fakeYousign) cancel(w http.ResponseWriter, r *http.Request, q *request) {
	_, wrong := read(r, map[string]func(any) bool{
		"reason":      is("contractualization_aborted", "errors_in_document", "other"),
		"custom_note": func(v any) bool { s, ok := v.(string); return ok && len([]rune(s)) <= 500 },
	})
	if len(wrong) > 0 || !slices.Contains([]string{"ongoing", "approval"}, q.Status) {
		problem(w, http.StatusBadRequest, "standin.not_cancelable", "not now", wrong...)
		return
	}
	q.Status = "canceled"
	respond(w, http.StatusCreated, q.view())
}

// sign lets a signer sign, and the request be done after the last.
func (y *fakeYousign) sign(q *request, s *signer) {
	s.Status, s.SignedAt = "signed", now.Format(time.RFC3339)
	done := true
	for _, other := range q.Signers {
		done = done && other.Status == "signed"
	}
	if done {
		q.Status = "done"
	}
}
