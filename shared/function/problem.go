package function

import (
	"encoding/json"
	"net/http"
)

// Problem is an error as clients get it: RFC 9457 problem details. Detail is for people; it never holds what the
// caller may not know (RFC 9457 §5: no debugging tool).
type Problem struct {
	Type   string       `json:"type,omitempty"` // "about:blank" if empty
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Fields []FieldError `json:"errors,omitempty"` // what is wrong where, for 422
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field  string `json:"field"` // as in the request: "signers[0].email"
	Reason string `json:"reason"`
}

// Error makes a Problem usable as an error on its way to the client.
func (p Problem) Error() string {
	if p.Detail != "" {
		return p.Title + ": " + p.Detail
	}
	return p.Title
}

// Is lets errors.Is find a problem by its status and detail; a struct that holds a slice cannot be compared.
func (p Problem) Is(target error) bool {
	q, ok := target.(Problem)
	return ok && p.Type == q.Type && p.Status == q.Status && p.Detail == q.Detail
}

// WriteProblem answers with p.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone; there is nobody else to tell
}

// WriteJSON answers with v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
