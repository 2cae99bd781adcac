package markup

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Parse reads a text. Its error names the line.
func Parse(text string) ([]Block, error) {
	p := &parser{lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
	blocks, err := p.blocks("")
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", p.at, err)
	}
	return blocks, nil
}

// parser goes through the lines once. at counts the lines that were taken, so it is the number of the last one.
type parser struct {
	lines []string
	at    int
}

func (p *parser) next() (string, bool) {
	if p.at == len(p.lines) {
		return "", false
	}
	p.at++
	return strings.TrimSpace(p.lines[p.at-1]), true
}

// blocks reads up to the {{end}} of the container within, or to the end of the text if within is empty.
func (p *parser) blocks(within Kind) ([]Block, error) {
	var read []Block
	for {
		line, more := p.next()
		switch {
		case !more && within != "":
			return nil, fmt.Errorf("{{%s}} has no {{end}}", within)
		case !more:
			return read, nil
		case line == "{{end}}" && within == "":
			return nil, fmt.Errorf("{{end}} ends nothing")
		case line == "{{end}}":
			return read, nil
		case line == "":
			continue
		}
		b, err := p.block(line, within)
		if err != nil {
			return nil, err
		}
		read = append(read, b)
	}
}

func (p *parser) block(line string, within Kind) (Block, error) {
	if b, alone := directive(line); alone {
		b.Line = p.at
		if !slices.Contains(containers, b.Kind) {
			return b, nil
		}
		inner := b.Kind
		if within == Parties { // conditions among the lines of a party
			inner = Parties
		}
		var err error
		b.Blocks, err = p.blocks(inner)
		return b, err
	}
	b := Block{Kind: Paragraph, Line: p.at}
	for _, m := range markers {
		if rest, found := strings.CutPrefix(line, m.prefix); found {
			b.Kind, line = m.kind, strings.TrimSpace(rest)
			break
		}
	}
	if b.Kind == Article {
		b.Name, line = articleName(line)
	}
	if flows := b.Kind == Paragraph || b.Kind == Clause || b.Kind == Item; flows && within != Parties {
		line = p.joined(line)
	}
	line, b.Rule = strings.CutSuffix(line, "____")
	var err error
	b.Text, err = spans(line)
	return b, err
}

// joined adds the lines that continue a paragraph.
func (p *parser) joined(line string) string {
	for p.at < len(p.lines) {
		next := strings.TrimSpace(p.lines[p.at])
		if next == "" || begins(next) {
			break
		}
		line += " " + next
		p.at++
	}
	return line
}

// marker is what a line begins with that begins a block.
type marker struct {
	prefix string
	kind   Kind
}

// markers are tried in this order: none may be the beginning of a later one.
var markers = []marker{{"### ", Heading}, {"## ", Article}, {"# ", Title}, {"~ ", Subtitle}, {"+ ", Clause}, {"- ", Item}}

// begins reports whether a line begins a block of its own.
func begins(line string) bool {
	_, alone := directive(line)
	return alone || line == "{{end}}" ||
		slices.ContainsFunc(markers, func(m marker) bool { return strings.HasPrefix(line, m.prefix) })
}

var containers = []Kind{If, Unless, Parties, Box}

var (
	directiveForm = form(`^\{\{(?:(if|unless) ([a-z0-9_.]+)|(table):([a-z0-9_.]+)|(parties|box|signatures|new page))\}\}$`)
	articleForm   = form(`^(.*?)\s*\{#([a-z_]+)\}$`)
)

// form is a pattern that is compiled at its first use: a cold start does not wait for it.
func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// directive reads a line that is a word in braces and no text.
func directive(line string) (Block, bool) {
	if !strings.HasPrefix(line, "{{") {
		return Block{}, false
	}
	m := directiveForm().FindStringSubmatch(line)
	if m == nil {
		return Block{}, false
	}
	return Block{Kind: Kind(m[1] + m[3] + m[5]), Name: m[2] + m[4]}, true
}

func articleName(line string) (name, heading string) {
	if m := articleForm().FindStringSubmatch(line); m != nil {
		return m[2], m[1]
	}
	return "", line
}
