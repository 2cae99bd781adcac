// Package wire is how the API writes and reads: problems, JSON bodies, ids.
package wire

import (
	"fmt"
	"net/http"
)

// Problem is an error as the API writes it.
type Problem struct {
	Status  int
	Type    string         `json:"type"`
	Detail  string         `json:"detail"`
	Invalid []InvalidParam `json:"invalid_params,omitempty"`
}

type InvalidParam struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func (p Problem) Error() string { return fmt.Sprintf("%s: %s", p.Type, p.Detail) }

func NotFound(what, id string) error {
	return Problem{Status: http.StatusNotFound, Type: "resource.not_found", Detail: fmt.Sprintf("The %s %q does not exist.", what, id)}
}

// BadState is what the service answers instead of a conflict: it knows no 409.
func BadState(kind, detail string) error {
	return Problem{Status: http.StatusBadRequest, Type: kind, Detail: detail}
}

// WrongState refuses what cannot be done to a request in this state.
func WrongState(status, what string) error {
	return BadState("standin.status_not_compatible", fmt.Sprintf("A signature request in %q cannot be %s.", status, what))
}

// Invalid gathers what is wrong with the fields of a request.
type Invalid []InvalidParam

func (v *Invalid) Add(name, reason string, args ...any) {
	*v = append(*v, InvalidParam{name, fmt.Sprintf(reason, args...)})
}

// Must notes the field as wrong unless ok.
func (v *Invalid) Must(ok bool, name, reason string, args ...any) {
	if !ok {
		v.Add(name, reason, args...)
	}
}

func (v Invalid) Err() error {
	if len(v) == 0 {
		return nil
	}
	return Problem{
		Status: http.StatusBadRequest, Type: "validation.error", Detail: "The request has invalid parameters.", Invalid: v,
	}
}

// InvalidField refuses a request for one field.
func InvalidField(name, reason string) error { return Invalid{{name, reason}}.Err() }
