package generatedoc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/functions/generate-doc/markup"
	"github.com/paraphe/paraphe/functions/generate-doc/typeset"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// composer puts one contract's values into a text and numbers its articles and clauses.
type composer struct {
	values
	view     persistclient.View
	template templates.Template
	articles map[string]int // numbers of the named articles
	article  int            // the current article's number
	clause   int
}

func newComposer(view persistclient.View, template templates.Template) (*composer, error) {
	v, err := newValues(template.Schema, view.Data, view.Language)
	return &composer{values: v, view: view, template: template, articles: map[string]int{}}, err
}

// document composes the whole text.
func (c *composer) document(text []markup.Block) ([]typeset.Block, error) {
	chosen, err := c.chosen(text)
	if err != nil {
		return nil, err
	}
	c.number(chosen)
	return c.blocks(chosen)
}

// chosen drops what the conditions exclude and puts what they include in their place.
func (c *composer) chosen(text []markup.Block) ([]markup.Block, error) {
	var all []markup.Block
	for _, b := range text {
		inner, err := c.chosen(b.Blocks)
		if err != nil {
			return nil, err
		}
		if b.Kind != markup.If && b.Kind != markup.Unless {
			b.Blocks = inner
			all = append(all, b)
			continue
		}
		holds, err := c.holds(b.Name)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", b.Line, err)
		}
		if holds == (b.Kind == markup.If) {
			all = append(all, inner...)
		}
	}
	return all, nil
}

// number finds out which number each named article has, so that what comes before it can refer to it.
func (c *composer) number(text []markup.Block) {
	n := 0
	for _, b := range text {
		if b.Kind == markup.Article {
			n++
			c.articles[b.Name] = n
		}
	}
}

func (c *composer) blocks(text []markup.Block) ([]typeset.Block, error) {
	var all []typeset.Block
	for i, b := range text {
		set, err := c.block(b, i+1 < len(text) && introduced(text[i+1].Kind, b.Kind))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", b.Line, err)
		}
		all = append(all, set...)
	}
	return all, nil
}

// introduced reports whether a block of kind next must not be parted from the text before it.
func introduced(next, before markup.Kind) bool {
	switch next {
	case markup.Table, markup.Signatures:
		return true
	case markup.Item:
		return before != markup.Item
	}
	return false
}

func (c *composer) block(b markup.Block, keep bool) ([]typeset.Block, error) {
	switch b.Kind {
	case markup.Box, markup.Parties:
		return c.framed(b)
	case markup.Table:
		return c.table(b.Name)
	case markup.Signatures:
		return c.signatures(), nil
	case markup.NewPage:
		return []typeset.Block{typeset.NewPage{}}, nil
	}
	spans, err := c.spans(b.Text)
	if err != nil {
		return nil, err
	}
	switch b.Kind {
	case markup.Title:
		return []typeset.Block{typeset.Title{Text: joined(spans)}}, nil
	case markup.Subtitle:
		return []typeset.Block{typeset.Subtitle{Spans: spans}}, nil
	case markup.Article:
		c.article, c.clause = c.article+1, 0
		return []typeset.Block{typeset.Heading{Text: fmt.Sprintf(c.locale.article, c.article, joined(spans)), Major: true}}, nil
	case markup.Heading:
		return []typeset.Block{typeset.Heading{Text: joined(spans)}}, nil
	}
	return c.running(b, spans, keep), nil
}

// running composes text. A paragraph that is nothing but a value of several lines becomes several paragraphs.
func (c *composer) running(b markup.Block, spans []typeset.Span, keep bool) []typeset.Block {
	p := typeset.Paragraph{Spans: spans, Rule: b.Rule, Keep: keep}
	switch b.Kind {
	case markup.Clause:
		c.clause++
		p.Label, p.Depth = strconv.Itoa(c.article)+"."+strconv.Itoa(c.clause), 2
	case markup.Item:
		p.Label, p.Depth, p.Tight = c.locale.dash, 3, true
	case markup.Paragraph:
		if len(b.Text) == 1 && b.Text[0].Value != "" {
			return paragraphs(p)
		}
	}
	return []typeset.Block{p}
}

func paragraphs(p typeset.Paragraph) []typeset.Block {
	var all []typeset.Block
	for text := range strings.SplitSeq(joined(p.Spans), "\n") {
		if text != "" {
			one := p
			one.Spans = []typeset.Span{{Face: p.Spans[0].Face, Text: text}}
			all = append(all, one)
		}
	}
	return all
}

// framed composes what stands in frames.
func (c *composer) framed(b markup.Block) ([]typeset.Block, error) {
	if b.Kind == markup.Box {
		inner, err := c.blocks(b.Blocks)
		return []typeset.Block{typeset.Box{Blocks: inner}}, err
	}
	var cards []typeset.Card
	for _, line := range b.Blocks {
		spans, err := c.spans(line.Text)
		if err != nil {
			return nil, err
		}
		if line.Kind == markup.Heading {
			cards = append(cards, typeset.Card{Heading: joined(spans)})
			continue
		}
		if len(cards) == 0 {
			return nil, fmt.Errorf("a party begins with a ### heading")
		}
		last := &cards[len(cards)-1]
		last.Lines = append(last.Lines, spans)
	}
	return []typeset.Block{typeset.Columns{Cards: cards}}, nil
}

// signatures makes a place to sign for every signer, in their order: the anchors count them.
func (c *composer) signatures() []typeset.Block {
	var places []typeset.Place
	for i, p := range c.view.People {
		caption := fmt.Sprintf("%s %d", c.locale.signer, i+1)
		if i < len(c.template.Signers) {
			caption = c.template.Signers[i][c.language]
		}
		name := strings.ReplaceAll(clean(p.FirstName)+" "+clean(p.LastName), "\n", " ")
		places = append(places, typeset.Place{Caption: caption, Name: name, Anchor: anchor(i + 1)})
	}
	return []typeset.Block{typeset.Signatures{Places: places}}
}
