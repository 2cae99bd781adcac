package fakeyousign

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// jsonLimit bounds a JSON body.
const jsonLimit = 1 << 20

// optional tells apart a field that is absent, null, and given.
type optional[T any] struct {
	Given bool
	Null  bool
	Value T
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *optional[T]) UnmarshalJSON(text []byte) error {
	o.Given = true
	if o.Null = string(text) == "null"; o.Null {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(&o.Value)
}

// Has reports whether there is a value.
func (o optional[T]) Has() bool { return o.Given && !o.Null }

// Or is the value, or another if there is none.
func (o optional[T]) Or(other T) T {
	if o.Has() {
		return o.Value
	}
	return other
}

// Pointer is the value as the API's nullable fields are kept.
func (o optional[T]) Pointer() *T {
	if !o.Has() {
		return nil
	}
	return &o.Value
}

// readJSON fills into from the body. An absent body counts as {} if it may be empty.
func readJSON(r *http.Request, into any, mayBeEmpty bool) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, jsonLimit+1))
	if err != nil || len(text) > jsonLimit {
		return problem{status: http.StatusBadRequest, Type: "about:blank", Detail: "The body is incomplete or too large."}
	}
	if len(bytes.TrimSpace(text)) == 0 && mayBeEmpty {
		return nil
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return problem{status: http.StatusUnsupportedMediaType, Type: "about:blank", Detail: "The body must be application/json."}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return misread(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem{status: http.StatusBadRequest, Type: "about:blank", Detail: "The body holds more than one JSON value."}
	}
	return nil
}

// misread words the decoder's complaint as the service words its own.
func misread(err error) error {
	var wrong *json.UnmarshalTypeError
	var v invalid
	switch name, unknown := strings.CutPrefix(err.Error(), `json: unknown field "`); {
	case unknown:
		v.add(strings.TrimSuffix(name, `"`), "This field was not expected.")
	case errors.As(err, &wrong):
		v.add(wrong.Field, "This value should be of another type.")
	default:
		return problem{status: http.StatusBadRequest, Type: "about:blank", Detail: "The body is no well-formed JSON."}
	}
	return v.err()
}
