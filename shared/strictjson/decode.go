// Package strictjson reads JSON that others send: one value in UTF-8 in which nothing is unknown, twice or left over. What
// passes in silence somewhere is read otherwise elsewhere.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// Error says what of a text cannot be taken. It repeats no value.
type Error struct {
	Field  string // the name of the member; empty if it is the whole text
	Reason string // the rest of a sentence about it: "is unknown"
}

func (e *Error) Error() string {
	if e.Field == "" {
		return "the JSON " + e.Reason
	}
	return e.Field + " " + e.Reason
}

// Decode reads raw into what into points to. Its error is an *Error.
func Decode(raw []byte, into any) error {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return &Error{Reason: "is not one JSON value in UTF-8"}
	}
	if name, twice := RepeatedName(raw); twice {
		return &Error{Field: name, Reason: "is there twice"}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return explain(err)
	}
	return nil
}

// explain names the member that an error of encoding/json is about.
func explain(err error) *Error {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		kind, _, _ := strings.Cut(mistyped.Value, " ") // what follows is the value itself
		return &Error{Field: mistyped.Field, Reason: "cannot be of the type " + kind}
	}
	// encoding/json has no error type for an unknown member, only these words.
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return &Error{Field: strings.Trim(name, `"`), Reason: "is unknown"}
	}
	return &Error{Reason: "does not have the form that is asked for"}
}
