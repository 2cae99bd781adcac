package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// depthLimit bounds how deep arrays and dictionaries may be nested.
const depthLimit = 64

// ErrMalformed says that the bytes are no PDF that this package can read.
var ErrMalformed = errors.New("malformed PDF")

// word is a bare word of the file: an operator, "obj", "R".
type word string

// scanner reads objects one after the other. It never looks behind its end and always gets on.
type scanner struct {
	b     []byte
	at    int
	depth int
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

func white(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// skip passes white space and comments.
func (s *scanner) skip() {
	for s.at < len(s.b) {
		switch {
		case white(s.b[s.at]):
			s.at++
		case s.b[s.at] == '%':
			for s.at < len(s.b) && s.b[s.at] != '\n' && s.b[s.at] != '\r' {
				s.at++
			}
		default:
			return
		}
	}
}

// next reads the next object or word. At the end of the bytes it returns the empty word.
func (s *scanner) next() (Object, error) {
	s.skip()
	if s.at >= len(s.b) {
		return word(""), nil
	}
	switch c := s.b[s.at]; {
	case c == '/':
		s.at++
		return s.name(), nil
	case c == '(':
		return s.literal()
	case c == '[':
		s.at++
		return s.array()
	case bytes.HasPrefix(s.b[s.at:], []byte("<<")):
		s.at += 2
		return s.dict()
	case c == '<':
		return s.hex()
	case delimiter(c):
		s.at++
		return word(c), nil
	}
	return s.plain(), nil
}

// plain reads a number, a keyword or a word.
func (s *scanner) plain() Object {
	text := s.run()
	switch text {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if c := text[0]; c == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9') {
		if f, err := strconv.ParseFloat(text, 64); err == nil && f > -1e9 && f < 1e9 {
			return f
		}
	}
	return word(text)
}

// run reads regular characters.
func (s *scanner) run() string {
	begin := s.at
	for s.at < len(s.b) && !white(s.b[s.at]) && !delimiter(s.b[s.at]) {
		s.at++
	}
	return string(s.b[begin:s.at])
}

// name reads a name and resolves its "#xx" (7.3.5).
func (s *scanner) name() Name {
	text := []byte(s.run())
	out := text[:0]
	for i := 0; i < len(text); i++ {
		if text[i] == '#' && i+2 < len(text) {
			if v, err := strconv.ParseUint(string(text[i+1:i+3]), 16, 8); err == nil {
				out, i = append(out, byte(v)), i+2
				continue
			}
		}
		out = append(out, text[i])
	}
	return Name(out)
}

func (s *scanner) array() (Object, error) {
	if s.depth++; s.depth > depthLimit {
		return nil, malformed("nested too deep")
	}
	defer func() { s.depth-- }()
	list := Array{}
	for {
		o, err := s.next()
		if err != nil {
			return nil, err
		}
		switch o {
		case word("]"):
			return list, nil
		case word(""):
			return nil, malformed("an array without end")
		case word("R"):
			list = refer(list)
		default:
			list = append(list, o)
		}
	}
}

// refer turns the two numbers at the end of the list into a reference.
func refer(list Array) Array {
	n := len(list) - 2
	if n < 0 {
		return list
	}
	number, ok := list[n].(int64)
	generation, ok2 := list[n+1].(int64)
	if !ok || !ok2 || number < 0 || number > 1<<31 || generation < 0 || generation > 65535 {
		return list
	}
	return append(list[:n], Ref{int(number), int(generation)})
}

func (s *scanner) dict() (Object, error) {
	if s.depth++; s.depth > depthLimit {
		return nil, malformed("nested too deep")
	}
	defer func() { s.depth-- }()
	var list Array
	for {
		o, err := s.next()
		if err != nil {
			return nil, err
		}
		switch o {
		case word(">"):
			if s.at < len(s.b) && s.b[s.at] == '>' {
				s.at++
				return pairs(list)
			}
			return nil, malformed("a dictionary without end")
		case word(""):
			return nil, malformed("a dictionary without end")
		case word("R"):
			list = refer(list)
		default:
			list = append(list, o)
		}
	}
}

// pairs makes a dictionary of keys and values in turn; of a key that comes twice, the last counts.
func pairs(list Array) (Object, error) {
	if len(list)%2 != 0 {
		return nil, malformed("a dictionary with a key and no value")
	}
	d := make(Dict, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		key, ok := list[i].(Name)
		if !ok {
			return nil, malformed("a dictionary whose key is no name")
		}
		d[key] = list[i+1]
	}
	return d, nil
}
