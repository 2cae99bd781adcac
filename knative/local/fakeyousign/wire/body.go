package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// JSONLimit bounds a JSON body.
const JSONLimit = 1 << 20

// Optional distinguishes absent, null and given fields.
type Optional[T any] struct {
	Given bool
	Null  bool
	Value T
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *Optional[T]) UnmarshalJSON(text []byte) error {
	o.Given = true
	if o.Null = string(text) == "null"; o.Null {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(&o.Value)
}

// Has reports whether there is a value.
func (o Optional[T]) Has() bool { return o.Given && !o.Null }

// Or is the value, or another if there is none.
func (o Optional[T]) Or(other T) T {
	if o.Has() {
		return o.Value
	}
	return other
}

// Pointer is the value as the API's nullable fields are kept.
func (o Optional[T]) Pointer() *T {
	if !o.Has() {
		return nil
	}
	return &o.Value
}

// ReadJSON fills into from the body. An absent body counts as {} if it may be empty.
func ReadJSON(r *http.Request, into any, mayBeEmpty bool) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, JSONLimit+1))
	if err != nil || len(text) > JSONLimit {
		return Problem{Status: http.StatusBadRequest, Type: "about:blank", Detail: "The body is incomplete or too large."}
	}
	if len(bytes.TrimSpace(text)) == 0 && mayBeEmpty {
		return nil
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return Problem{Status: http.StatusUnsupportedMediaType, Type: "about:blank", Detail: "The body must be application/json."}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return misread(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Problem{Status: http.StatusBadRequest, Type: "about:blank", Detail: "The body holds more than one JSON value."}
	}
	return nil
}

// misread words an error of the decoder as the service does.
func misread(err error) error {
	var wrong *json.UnmarshalTypeError
	var v Invalid
	switch name, unknown := strings.CutPrefix(err.Error(), `json: unknown field "`); {
	case unknown:
		v.Add(strings.TrimSuffix(name, `"`), "This field was not expected.")
	case errors.As(err, &wrong):
		v.Add(wrong.Field, "This value should be of another type.")
	default:
		return Problem{Status: http.StatusBadRequest, Type: "about:blank", Detail: "The body is no well-formed JSON."}
	}
	return v.Err()
}
