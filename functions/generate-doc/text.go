package generatedoc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/functions/generate-doc/markup"
	"github.com/paraphe/paraphe/functions/generate-doc/typeset"
)

// spans puts values into a text. Only what the template says is set as its language's typography asks: a
// value stands as it was typed.
func (c *composer) spans(text []markup.Span) ([]typeset.Span, error) {
	var all []typeset.Span
	for _, s := range text {
		out, err := c.span(s)
		if err != nil {
			return nil, err
		}
		if out != "" {
			all = append(all, typeset.Span{Face: face(s), Text: out})
		}
	}
	return all, nil
}

func (c *composer) span(s markup.Span) (string, error) {
	switch {
	case s.Article != "":
		n, known := c.articles[s.Article]
		if !known {
			return "", fmt.Errorf("there is no article {#%s}", s.Article)
		}
		return strconv.Itoa(n), nil
	case s.Value == "contract.id":
		return string(c.view.ID), nil
	case s.Words[0] != "":
		return c.counted(s)
	case s.Value != "":
		return c.write(s.Value)
	}
	return c.locale.setting.Replace(s.Text), nil
}

// counted writes a number with its word.
func (c *composer) counted(s markup.Span) (string, error) {
	n, err := c.write(s.Value)
	if err != nil || n == "" {
		return "", err
	}
	word := s.Words[1]
	if n == "1" {
		word = s.Words[0]
	}
	return n + nbsp + c.locale.setting.Replace(word), nil
}

func face(s markup.Span) typeset.Face {
	switch {
	case s.Bold:
		return typeset.Bold
	case s.Italic:
		return typeset.Italic
	}
	return typeset.Regular
}

func joined(spans []typeset.Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
