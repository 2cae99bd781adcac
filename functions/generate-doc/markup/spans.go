package markup

import (
	"fmt"
	"strings"
)

var valueForm = form(`^(?:article ([a-z_]+)|([a-z0-9_.]+)(?:\|([^|{}]+)\|([^|{}]+))?)$`)

// spans reads the text of one block: styles may not be left open, and braces must make sense.
func spans(text string) ([]Span, error) {
	r := &spanReader{rest: text}
	for r.rest != "" {
		if err := r.step(); err != nil {
			return nil, err
		}
	}
	r.flush()
	if r.style.Bold || r.style.Italic {
		return nil, fmt.Errorf("an asterisk is never closed")
	}
	return r.read, nil
}

type spanReader struct {
	rest  string
	style Span // only its Bold and Italic
	plain strings.Builder
	read  []Span
}

// step reads one token: a change of style, an escaped asterisk, a value, or a character.
func (r *spanReader) step() error {
	switch {
	case strings.HasPrefix(r.rest, `\*`):
		r.plain.WriteByte('*')
		r.rest = r.rest[2:]
	case strings.HasPrefix(r.rest, "**"):
		r.flush()
		r.style.Bold, r.rest = !r.style.Bold, r.rest[2:]
	case r.rest[0] == '*':
		r.flush()
		r.style.Italic, r.rest = !r.style.Italic, r.rest[1:]
	case strings.HasPrefix(r.rest, "{{"):
		return r.value()
	case strings.HasPrefix(r.rest, "}}"):
		return fmt.Errorf("}} closes nothing")
	default:
		r.plain.WriteByte(r.rest[0])
		r.rest = r.rest[1:]
	}
	return nil
}

func (r *spanReader) value() error {
	inside, after, closed := strings.Cut(r.rest[2:], "}}")
	m := valueForm().FindStringSubmatch(inside)
	if !closed || m == nil {
		return fmt.Errorf("{{%s is no value, or a word that must stand alone on its line", inside)
	}
	r.flush()
	s := r.style
	s.Article, s.Value, s.Words = m[1], m[2], [2]string{m[3], m[4]}
	r.read, r.rest = append(r.read, s), after
	return nil
}

// flush ends the plain text that was gathered.
func (r *spanReader) flush() {
	if r.plain.Len() == 0 {
		return
	}
	s := r.style
	s.Text = r.plain.String()
	r.read = append(r.read, s)
	r.plain.Reset()
}
