package markup_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/generate-doc/markup"
)

func TestEveryKindOfBlockIsRead(t *testing.T) {
	t.Parallel()
	const text = "# Contract\n~ small\n\n## Term {#term}\n+ From **{{start}}** for {{months|month|months}},\n  see {{article term}}.\n" +
		"- one\n- two\n{{if client.vat}}\nVAT \\*{{client.vat}}\n{{end}}\n{{parties}}\n### A\nname\nstreet\n{{end}}\n" +
		"{{table:services}}\n{{new page}}\nName: ____\n{{box}}\n*kept*\n{{end}}\n{{signatures}}\n"
	want := []markup.Block{
		{Kind: markup.Title, Line: 1, Text: []markup.Span{{Text: "Contract"}}},
		{Kind: markup.Subtitle, Line: 2, Text: []markup.Span{{Text: "small"}}},
		{Kind: markup.Article, Line: 4, Name: "term", Text: []markup.Span{{Text: "Term"}}},
		{Kind: markup.Clause, Line: 5, Text: []markup.Span{
			{Text: "From "}, {Value: "start", Bold: true}, {Text: " for "}, {Value: "months", Words: [2]string{"month", "months"}},
			{Text: ", see "}, {Article: "term"}, {Text: "."},
		}},
		{Kind: markup.Item, Line: 7, Text: []markup.Span{{Text: "one"}}},
		{Kind: markup.Item, Line: 8, Text: []markup.Span{{Text: "two"}}},
		{Kind: markup.If, Line: 9, Name: "client.vat", Blocks: []markup.Block{
			{Kind: markup.Paragraph, Line: 10, Text: []markup.Span{{Text: "VAT *"}, {Value: "client.vat"}}},
		}},
		{Kind: markup.Parties, Line: 12, Blocks: []markup.Block{
			{Kind: markup.Heading, Line: 13, Text: []markup.Span{{Text: "A"}}},
			{Kind: markup.Paragraph, Line: 14, Text: []markup.Span{{Text: "name"}}},
			{Kind: markup.Paragraph, Line: 15, Text: []markup.Span{{Text: "street"}}},
		}},
		{Kind: markup.Table, Line: 17, Name: "services"},
		{Kind: markup.NewPage, Line: 18},
		{Kind: markup.Paragraph, Line: 19, Text: []markup.Span{{Text: "Name: "}}, Rule: true},
		{Kind: markup.Box, Line: 20, Blocks: []markup.Block{
			{Kind: markup.Paragraph, Line: 21, Text: []markup.Span{{Text: "kept", Italic: true}}},
		}},
		{Kind: markup.Signatures, Line: 23},
	}
	got, err := markup.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if i >= len(got) || !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("block %d is %+v, want %+v", i, at(got, i), want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d blocks, want %d", len(got), len(want))
	}
}

func at(blocks []markup.Block, i int) any {
	if i < len(blocks) {
		return blocks[i]
	}
	return "missing"
}

func TestMistakesAreNamedWithTheirLine(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a\n\n{{if x}}\nb":     "line 4: {{if}} has no {{end}}",
		"{{end}}":              "line 1: {{end}} ends nothing",
		"a\n\nso **bold":       "line 3: an asterisk is never closed",
		"see {{Client Name}}":  "line 1: {{Client Name is no value",
		"see {{client.name":    "line 1: {{client.name is no value",
		"see }} there":         "line 1: }} closes nothing",
		"text {{signatures x}": "line 1: {{signatures x}",
	}
	for text, want := range tests {
		if _, err := markup.Parse(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Parse(%q) says %v, want %q", text, err, want)
		}
	}
}
