package fakeyousign

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// problem is an error as the API writes it.
type problem struct {
	status  int
	Type    string         `json:"type"`
	Detail  string         `json:"detail"`
	Invalid []invalidParam `json:"invalid_params,omitempty"`
}

type invalidParam struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func (p problem) Error() string { return fmt.Sprintf("%s: %s", p.Type, p.Detail) }

func notFound(what, id string) error {
	return problem{status: http.StatusNotFound, Type: "resource.not_found", Detail: fmt.Sprintf("The %s %q does not exist.", what, id)}
}

// badState is what the service answers instead of a conflict: it knows no 409.
func badState(kind, detail string) error {
	return problem{status: http.StatusBadRequest, Type: kind, Detail: detail}
}

func wrongState(r *request, what string) error {
	return badState("standin.status_not_compatible", fmt.Sprintf("A signature request in %q cannot be %s.", r.Status, what))
}

// invalid gathers what is wrong with the fields of a request.
type invalid []invalidParam

func (v *invalid) add(name, reason string, args ...any) {
	*v = append(*v, invalidParam{name, fmt.Sprintf(reason, args...)})
}

// must notes the field as wrong unless ok.
func (v *invalid) must(ok bool, name, reason string, args ...any) {
	if !ok {
		v.add(name, reason, args...)
	}
}

func (v invalid) err() error {
	if len(v) == 0 {
		return nil
	}
	return problem{
		status: http.StatusBadRequest, Type: "validation.error", Detail: "The request has invalid parameters.", Invalid: v,
	}
}

// refuse writes err: a problem as it is, anything else as the service's own fault.
func (s *Service) refuse(w http.ResponseWriter, err error) {
	var p problem
	if !errors.As(err, &p) {
		s.o.Log.Error("the signer could not answer", "error", err.Error())
		p = problem{status: http.StatusInternalServerError, Type: "about:blank", Detail: "Internal server error."}
	}
	writeJSON(w, p.status, p)
}

// message is the other form of an error: 405 and 429 have it.
func message(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"message": text})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller may be gone; there is nobody else to tell
}

// newID makes a random UUID (RFC 9562, version 4).
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return uuid(b)
}

func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func secret() string { return rand.Text() }
