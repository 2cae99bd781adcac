package yousign_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

func problem(w http.ResponseWriter, status int, kind, detail string, fields ...string) {
	params := []map[string]string{}
	for _, f := range fields {
		params = append(params, map[string]string{"name": f, "reason": "the value Ana Martin is not valid"})
	}
	respond(w, status, map[string]any{"type": kind, "detail": detail, "invalid_params": params})
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

var (
	externalID = regexp.MustCompile(`^[\w\-@.%+]{1,255}$`)
	humanName  = regexp.MustCompile(`^[\p{Latin}\d '()-]{1,255}$`)
	e164       = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	anchor     = regexp.MustCompile(`\{\{s\d+\|signature\|\d+\|\d+\}\}`)
	plainName  = regexp.MustCompile(`^[^<>/\\]{1,128}$`)
)

// read decodes a body, names what is missing or wrong in it, and what does not belong there.
func read(r *http.Request, rules map[string]func(any) bool) (body map[string]any, wrong []string) {
	_ = json.NewDecoder(r.Body).Decode(&body)
	for field, right := range rules {
		if !right(body[field]) {
			wrong = append(wrong, field)
		}
	}
	for field := range body {
		if rules[field] == nil {
			wrong = append(wrong, field)
		}
	}
	return body, wrong
}

func is(values ...any) func(any) bool { return func(v any) bool { return slices.Contains(values, v) } }

func text(form *regexp.Regexp) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && form.MatchString(s) }
}

func futureDay(v any) bool {
	s, _ := v.(string)
	day, err := time.Parse(time.DateOnly, s)
	return err == nil && day.After(now.Add(-24*time.Hour)) && day.Before(now.AddDate(1, 0, 0))
}

func (y *fakeYousign) create(w http.ResponseWriter, r *http.Request) {
	body, wrong := read(r, map[string]func(any) bool{
		"name": text(plainName), "delivery_mode": is("none"), "timezone": is("Europe/Paris"), "ordered_signers": is(true, false),
		"expiration_date": futureDay, "external_id": text(externalID), "signers_allowed_to_decline": is(true),
		"audit_trail_locale": is("de", "en", "es", "fr", "it", "pt", "ro"),
	})
	if len(wrong) > 0 {
		problem(w, http.StatusBadRequest, "validation.error", "not valid", wrong...)
		return
	}
	made := &request{ID: y.id("aaaa"), Status: "draft", Body: body, Created: now.Add(time.Duration(y.made) * time.Second)}
	y.all = append(y.all, made)
	respond(w, http.StatusCreated, made.view())
}

func (q *request) view() map[string]any {
	signers, documents := []any{}, []any{}
	for _, s := range q.Signers {
		signers = append(signers, map[string]any{"id": s.ID, "status": s.Status})
	}
	for _, d := range q.Documents {
		documents = append(documents, map[string]any{"id": d.ID, "nature": "signable_document"})
	}
	return map[string]any{"id": q.ID, "status": q.Status, "external_id": q.Body["external_id"], "created_at": q.Created,
		"activated_at": nil, "signers": signers, "documents": documents, "decline_information": nil}
}

// list pages backwards; the cursor is how many were shown. Without the filter it lists everything.
func (y *fakeYousign) list(w http.ResponseWriter, r *http.Request) {
	matching := []any{}
	query := r.URL.Query()
	if y.lag--; y.lag < 0 {
		for _, q := range slices.Backward(y.all) { // newest first
			if (!query.Has("external_id[eq]") || q.Body["external_id"] == query.Get("external_id[eq]")) && q.Status != "deleted" {
				matching = append(matching, q.view())
			}
		}
	}
	from, _ := strconv.Atoi(query.Get("after"))
	size, next := y.page, any(nil)
	if size == 0 {
		size = 100
	}
	matching = matching[min(from, len(matching)):]
	if len(matching) > size {
		matching, next = matching[:size], strconv.Itoa(from+size)
	}
	respond(w, http.StatusOK, map[string]any{"meta": map[string]any{"next_cursor": next}, "data": matching})
}

func (y *fakeYousign) show(w http.ResponseWriter, _ *http.Request, q *request) {
	respond(w, http.StatusOK, q.view())
}

func (y *fakeYousign) remove(w http.ResponseWriter, _ *http.Request, q *request) {
	if q.Status == "ongoing" || q.Status == "approval" {
		problem(w, http.StatusBadRequest, "standin.not_deletable", "it is active")
		return
	}
	q.Status = "deleted"
	w.WriteHeader(http.StatusNoContent)
}

func (y *fakeYousign) upload(w http.ResponseWriter, r *http.Request, q *request) {
	file, head, err := r.FormFile("file")
	if err != nil || q.Status != "draft" || head.Header.Get("Content-Type") != "application/pdf" ||
		r.FormValue("nature") != "signable_document" || r.FormValue("parse_anchors") != "true" {
		problem(w, http.StatusBadRequest, "standin.upload", "not valid")
		return
	}
	content, _ := io.ReadAll(file)
	d := document{ID: y.id("dddd"), Anchors: len(anchor.FindAll(content, -1)), Bytes: content}
	q.Documents = append(q.Documents, d)
	respond(w, http.StatusCreated, d.view())
}

func (d document) view() map[string]any {
	return map[string]any{"id": d.ID, "nature": "signable_document", "filename": "contract.pdf", "total_anchors": d.Anchors}
}

func (y *fakeYousign) documents(w http.ResponseWriter, _ *http.Request, q *request) {
	all := []any{}
	for _, d := range q.Documents {
		all = append(all, d.view())
	}
	respond(w, http.StatusOK, all)
}

func (y *fakeYousign) download(w http.ResponseWriter, r *http.Request, q *request) {
	switch {
	case r.URL.Query().Get("version") != "completed" || len(q.Documents) != 1:
		problem(w, http.StatusBadRequest, "standin.download", "not what the tests ask for")
	case q.Status != "done":
		problem(w, http.StatusBadRequest, "document.unable_to_download_signature_request_not_in_done", "later")
	default:
		_, _ = fmt.Fprintf(w, "%s%% %s\n", q.Documents[0].Bytes, q.Status)
	}
}

func (y *fakeYousign) auditTrail(w http.ResponseWriter, r *http.Request, q *request) {
	if y.notYet--; y.notYet >= 0 || q.Status != "done" {
		problem(w, http.StatusBadRequest, "audit_trail.not_ready_for_download", "later")
		return
	}
	_, _ = fmt.Fprintf(w, "%%PDF-1.7 audit trail, merged: %s", r.URL.Query().Get("merge"))
}
