// Package pdf reads and writes as much of PDF (ISO 32000-1) as a signature service needs: objects behind classic
// cross-reference tables, the text on the pages with its place, added revisions, and plain sheets of text. It alone
// parses what strangers upload, so it is bounded everywhere and never panics.
package pdf

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// An Object is nil, bool, int64, float64, Name, String, Array, Dict, Ref or *Stream.
type Object any

type (
	// Name is a name without its slash, "#xx" resolved.
	Name string
	// String is the bytes of a string object, whatever they mean.
	String string
	// Array is a list of objects.
	Array []Object
	// Dict is a dictionary.
	Dict map[Name]Object
	// Ref points to an indirect object.
	Ref struct{ Number, Generation int }
	// Stream is a dictionary with the bytes that follow it, still encoded.
	Stream struct {
		Dict Dict
		Raw  []byte
	}
	// Literal is what Append writes as it stands; nothing that is read is ever one.
	Literal string
)

// Append writes o at the end of b. Dictionaries are written in the order of their keys, so the same object always
// gives the same bytes.
func Append(b []byte, o Object) []byte {
	switch v := o.(type) {
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64) // PDF knows no exponents (7.3.3)
	case Name:
		return appendName(b, v)
	case String:
		return fmt.Appendf(b, "<%X>", string(v))
	case Ref:
		return fmt.Appendf(b, "%d %d R", v.Number, v.Generation)
	case Literal:
		return append(b, v...)
	case Array:
		return appendArray(b, v)
	case Dict:
		return appendDict(b, v)
	case *Stream:
		return appendStream(b, v)
	}
	return append(b, "null"...)
}

func appendName(b []byte, n Name) []byte {
	b = append(b, '/')
	for _, c := range []byte(n) {
		if c <= ' ' || c > '~' || c == '#' || delimiter(c) {
			b = fmt.Appendf(b, "#%02X", c)
			continue
		}
		b = append(b, c)
	}
	return b
}

func appendArray(b []byte, a Array) []byte {
	b = append(b, '[')
	for i, o := range a {
		if i > 0 {
			b = append(b, ' ')
		}
		b = Append(b, o)
	}
	return append(b, ']')
}

func appendDict(b []byte, d Dict) []byte {
	b = append(b, "<<"...)
	for _, key := range slices.Sorted(maps.Keys(d)) {
		b = append(appendName(b, key), ' ')
		b = append(Append(b, d[key]), ' ')
	}
	return append(b, ">>"...)
}

func appendStream(b []byte, s *Stream) []byte {
	d := maps.Clone(s.Dict)
	if d == nil {
		d = Dict{}
	}
	d["Length"] = len(s.Raw)
	b = append(appendDict(b, d), "\nstream\n"...)
	b = append(b, s.Raw...)
	return append(b, "\nendstream"...)
}

// Text makes a text string of s: Latin-1 where that is enough, else UTF-16BE with its mark (7.9.2.2).
func Text(s string) String {
	var out bytes.Buffer
	for _, r := range s {
		if r > '~' {
			return utf16Text(s)
		}
		out.WriteRune(r)
	}
	return String(out.String())
}
