package sendmail

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
)

// page is a notification as its layouts see it: words and nothing but words. A section that a notification does not have is
// empty and left out.
type page struct {
	Language, Brand, Link string
	Colon                 string // as the language sets it
	Subject               string
	Heading               string
	Hello                 string
	Lead                  []string // paragraphs
	Facts                 []fact
	Button                string
	Fallback              string // before the link in clear
	Next                  []string
	Care                  []string
	Why                   []string
}

// fact is a line of what the notification is about: "Contract", and its title.
type fact struct{ Name, Value string }

// write fills the notification in and lays it out.
func (l notification) write(f values) (subject, plain, html string, err error) {
	p := page{Language: l.language.code, Colon: l.language.colon, Brand: f.Brand}
	for name, into := range map[string]*string{"subject": &p.Subject, "heading": &p.Heading, "hello": &p.Hello, "button": &p.Button, "fallback": &p.Fallback} {
		if *into, err = l.section(name, f); err != nil {
			return "", "", "", err
		}
	}
	for name, into := range map[string]*[]string{"lead": &p.Lead, "next": &p.Next, "care": &p.Care, "why": &p.Why} {
		if *into, err = l.paragraphs(name, f); err != nil {
			return "", "", "", err
		}
	}
	if p.Facts, err = l.facts(f); err != nil {
		return "", "", "", err
	}
	if p.Button != "" {
		p.Link = f.Link
	}
	p.Subject = transport.OneLine(p.Subject, subjectLimit)
	var t, h strings.Builder
	if err := l.text.Execute(&t, p); err != nil {
		return "", "", "", fmt.Errorf("lay out the notification: %w", err)
	}
	if err := l.html.Execute(&h, p); err != nil {
		return "", "", "", fmt.Errorf("lay out the notification: %w", err)
	}
	return p.Subject, t.String(), h.String(), nil
}

// section writes one section on one line; one that the notification does not have is empty.
func (l notification) section(name string, f values) (string, error) {
	paragraphs, err := l.paragraphs(name, f)
	return strings.Join(paragraphs, " "), err
}

// paragraphs writes one section. Empty lines part its paragraphs; what fills the gaps has none.
func (l notification) paragraphs(name string, f values) ([]string, error) {
	t := l.sections.Lookup(name)
	if t == nil {
		return nil, nil
	}
	var out strings.Builder
	if err := t.Execute(&out, f); err != nil {
		return nil, fmt.Errorf("write the section %s: %w", name, err)
	}
	var all []string
	for p := range strings.SplitSeq(out.String(), "\n\n") {
		if p = strings.Join(strings.FieldsFunc(p, isBreak), " "); strings.TrimSpace(p) != "" {
			all = append(all, strings.TrimSpace(p))
		}
	}
	return all, nil
}

func isBreak(r rune) bool { return r == '\n' }

// facts reads the section of facts: a line each, "name: value". Names end at the first "|", which no value needs
// to be without.
func (l notification) facts(f values) ([]fact, error) {
	t := l.sections.Lookup("facts")
	if t == nil {
		return nil, nil
	}
	var out strings.Builder
	if err := t.Execute(&out, f); err != nil {
		return nil, fmt.Errorf("write the facts: %w", err)
	}
	var all []fact
	for line := range strings.Lines(out.String()) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "|"); found && value != "" {
			all = append(all, fact{Name: name, Value: value})
		}
	}
	return all, nil
}

// lineWidth is where the lines of a text letter end: RFC 5322 §2.1.1 asks for at most 78 characters.
const lineWidth = 76

// wrap breaks a paragraph into lines.
func wrap(s string) string {
	var out strings.Builder
	width := 0
	for word := range strings.SplitSeq(s, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case width == 0:
		case width+1+n > lineWidth:
			out.WriteByte('\n')
			width = 0
		default:
			out.WriteByte(' ')
			width++
		}
		out.WriteString(word)
		width += n
	}
	return out.String()
}
