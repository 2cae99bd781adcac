package templates

import (
	"encoding/json"
	"net/mail"
	"strings"
	"time"
)

// shape is what a value can be, in the words of a person and by its test.
type shape[T any] struct {
	words string
	is    func(T) bool
}

// types are those of JSON.
var types = map[string]shape[any]{
	"string":  {"a text", of[string]},
	"number":  {"a number", of[json.Number]},
	"integer": {"a whole number", whole},
	"boolean": {"true or false", of[bool]},
	"array":   {"a list", of[[]any]},
	"object":  {"an object", of[map[string]any]},
}

// formats are what a text can be. They count: in JSON Schema 2020-12 they are only a remark unless a program says
// otherwise.
var formats = map[string]shape[string]{
	"date":  {"a date such as 2026-12-31", date},
	"email": {"an email address", email},
}

func of[T any](value any) bool {
	_, is := value.(T)
	return is
}

func whole(value any) bool {
	n, is := value.(json.Number)
	return is && rational(n).IsInt()
}

func date(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// Lengths of an address: RFC 5321 §4.5.3.1.1 and §4.5.3.1.3 (a path of 256 with its angle brackets).
const (
	localLimit   = 64
	addressLimit = 254
)

// email takes a bare ASCII address (RFC 5322 §3.4.1) at a host name: nothing beside it, no domain literal.
func email(text string) bool {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text || len(text) > addressLimit || !ascii(text) {
		return false
	}
	at := strings.LastIndexByte(text, '@')
	return at <= localLimit && host(text[at+1:])
}

// labelLimit is the most characters between two dots of a host name (RFC 1123 §2.1).
const labelLimit = 63

const letterDigitHyphen = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

func host(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > labelLimit || strings.Trim(label, letterDigitHyphen) != "" || strings.Trim(label, "-") != label {
			return false
		}
	}
	return true
}
