// Package markup reads the text of a contract template. The language is small on purpose: whoever can write a
// contract can write it, and there is nothing in it that runs.
//
//	# Title                          of the document
//	~ Line                           small, under the title
//	## Heading {#name}               an article; numbered
//	### Heading                      not numbered
//	+ Text                           a clause, numbered within its article: 4.1
//	- Text                           an item of a list
//	Text                             a paragraph; ends at an empty line or where another block begins
//
//	{{if path}} … {{end}}            only if the value is there and neither false nor empty
//	{{unless path}} … {{end}}        only if not
//	{{parties}} … {{end}}            blocks side by side: each a ### heading and lines that stay lines
//	{{box}} … {{end}}                in a frame, on one page
//	{{table:path}}                   the price lines of that list, with totals
//	{{signatures}}                   a place to sign for every signer
//	{{new page}}
//
// Each of the words in braces above stands alone on its line. Within text:
//
//	**bold**  *italic*  \* (an asterisk)
//	{{path}}                         a value: of the data, or contract.id
//	{{path|one|many}}                a number with the word that fits it: {{months|month|months}}
//	{{article name}}                 the number of the article with that name
//	____                             at the end of a paragraph: a line to write on
//
// Values are put in after reading: what somebody typed into a form is never read as markup.
package markup

// Kind says what a block is.
type Kind string

// The kinds of blocks. Of Block's fields each uses only those that are named here.
const (
	Title      Kind = "title"      // Text
	Subtitle   Kind = "subtitle"   // Text
	Article    Kind = "article"    // Text, Name (may be empty)
	Heading    Kind = "heading"    // Text
	Clause     Kind = "clause"     // Text
	Item       Kind = "item"       // Text
	Paragraph  Kind = "paragraph"  // Text, Rule
	If         Kind = "if"         // Name: the path, Blocks
	Unless     Kind = "unless"     // Name: the path, Blocks
	Parties    Kind = "parties"    // Blocks: headings and paragraphs of one line
	Box        Kind = "box"        // Blocks
	Table      Kind = "table"      // Name: the path
	Signatures Kind = "signatures" // nothing
	NewPage    Kind = "new page"   // nothing
)

// Block is a part of a text.
type Block struct {
	Kind   Kind
	Line   int // where it begins in the text, from 1
	Name   string
	Text   []Span
	Rule   bool // a line to write on follows the text
	Blocks []Block
}

// Span is a piece of text in one style: either Text as it stands, or a value.
type Span struct {
	Text         string
	Value        string    // path of the value
	Words        [2]string // what stands after the value if it is one number: for 1, and for all others
	Article      string    // name of the article whose number stands here
	Bold, Italic bool
}
