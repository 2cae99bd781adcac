package typeset

// Block is a part of a document: one of the types below.
type Block interface{ block() }

type (
	// Title is the document's title.
	Title struct{ Text string }

	// Subtitle is a small line under the title.
	Subtitle struct{ Spans []Span }

	// Heading stands above what it is about, never alone at the foot of a page. Major ones are those of articles.
	Heading struct {
		Text  string
		Major bool
	}

	// Paragraph is justified text. Of one that goes over to the next page, two lines at least stand on either.
	Paragraph struct {
		Spans []Span
		Label string // stands out to the left: "4.1", "–"
		Depth int    // how far it is indented, in steps
		Tight bool   // closer to what is above it, as an item of a list is
		Rule  bool   // a line to write on follows the text
		Keep  bool   // never parted from the block that follows
	}

	// Table is a table of amounts. Its header is repeated on every page that it reaches.
	Table struct {
		Header []string
		Rows   [][]string // the first column takes what width is left and is set from the left, the others are not
		Left   []bool     // columns that are set from the left
		Totals []Total
	}

	// Columns are cards side by side, two in a row, of equal height.
	Columns struct{ Cards []Card }

	// Box is a frame that is never split.
	Box struct{ Blocks []Block }

	// Signatures are places to sign, two in a row, all on one page if they fit on one.
	Signatures struct{ Places []Place }

	// NewPage begins a page.
	NewPage struct{}
)

// Span is text in one face. A line break in it is a space.
type Span struct {
	Face Face
	Text string
}

// Total is a line under a table's rows.
type Total struct {
	Label, Amount string
	Strong        bool // what is to be paid
}

// Card is a headed block of lines.
type Card struct {
	Heading string
	Lines   [][]Span
}

// Place is where one person signs.
type Place struct {
	Caption string // on whose behalf
	Name    string
	Anchor  string // for the signature service to find
}

func (Title) block()      {}
func (Subtitle) block()   {}
func (Heading) block()    {}
func (Paragraph) block()  {}
func (Table) block()      {}
func (Columns) block()    {}
func (Box) block()        {}
func (Signatures) block() {}
func (NewPage) block()    {}
