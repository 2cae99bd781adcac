package generatedoc

import (
	"fmt"
	"strings"

	"github.com/paraphe/paraphe/functions/generate-doc/markup"
	"github.com/paraphe/paraphe/functions/generate-doc/typeset"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Drawn is a contract as a PDF.
type Drawn struct {
	File    []byte
	Pages   int
	Anchors int // one per signer
}

// Draw makes the document of a contract. The same contract makes the same bytes, in every process. Its error is
// Refused if no document can ever be made of it.
func Draw(view persistclient.View) (Drawn, error) {
	document, err := compose(view)
	if err != nil {
		return Drawn{}, err
	}
	about := typeset.About{Title: view.Title, Language: view.Language, Made: view.CreatedAt}
	file, pages, err := typeset.Write(document, about)
	if err != nil {
		return Drawn{}, err
	}
	if pages > pageLimit {
		return Drawn{}, Refused{Reason: fmt.Sprintf("the document would have more than %d pages", pageLimit)}
	}
	return Drawn{File: file, Pages: pages, Anchors: len(view.People)}, nil
}

// compose puts the contract into its template's text.
func compose(view persistclient.View) (typeset.Document, error) {
	template, err := validate(view)
	if err != nil {
		return typeset.Document{}, err
	}
	text, _ := template.Text(view.Language)
	parsed, err := markup.Parse(text)
	if err != nil {
		return typeset.Document{}, fmt.Errorf("text %s of %s: %w", view.Language, template.Ref(), err)
	}
	c, err := newComposer(view, template)
	if err != nil {
		return typeset.Document{}, fmt.Errorf("data for %s: %w", template.Ref(), err)
	}
	blocks, err := c.document(parsed)
	if err != nil {
		return typeset.Document{}, fmt.Errorf("text %s of %s: %w", view.Language, template.Ref(), err)
	}
	return typeset.Document{Blocks: blocks, Footer: footer(view.ID, c.locale)}, nil
}

// footer names the contract, so that pages of two contracts cannot be mixed up, and counts the pages.
func footer(id contract.ID, t locale) func(page, of int) (left, right string) {
	short := strings.ToUpper(string(id[:min(8, len(id))]))
	return func(page, of int) (left, right string) {
		return t.contract + " " + short, fmt.Sprintf(t.page, page, of)
	}
}

// anchor is what the signature service finds the nth signer's place by: signer, kind of field, width and height in
// points (https://developers.yousign.com/docs/smart-anchors). The measure is a little less than the frame drawn.
func anchor(n int) string { return fmt.Sprintf("{{s%d|signature|180|60}}", n) }
