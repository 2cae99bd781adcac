// Package typeset lays text out on A4 pages and writes them as a PDF. Layout is pure: it is told how wide a text is
// and answers with what stands where, in points from the top left corner; only write.go knows the PDF library. It
// knows nothing of contracts.
package typeset

// A4 in points (ISO 216), and what of it text may use.
const (
	pageWidth    = 595.28
	pageHeight   = 841.89
	marginLeft   = 68.0
	marginRight  = 68.0
	marginTop    = 64.0
	marginBottom = 76.0

	measure    = pageWidth - marginLeft - marginRight  // the width of a line
	bodyHeight = pageHeight - marginTop - marginBottom // the height of the text on a page
	footerY    = pageHeight - marginBottom/2           // the footer's baseline
)

// Face is a cut of the document's typeface.
type Face uint8

// The faces that documents use.
const (
	Regular Face = iota
	Bold
	Italic
)

// Color is an RGB colour.
type Color struct{ R, G, B uint8 }

// The document's colours. Text is dark enough for paper copies of paper copies.
var (
	ink   = Color{26, 28, 33}
	navy  = Color{24, 42, 78}
	slate = Color{92, 98, 110}
	line  = Color{196, 202, 212}
	tint  = Color{244, 246, 249}
	white = Color{255, 255, 255}
)

// Op is something drawn. Its place is relative to the piece that it belongs to.
type Op interface{ op() }

type (
	// Text is a run of text in one face. Stretch is added to each of its spaces.
	Text struct {
		X, Y    float64 // of the baseline's beginning
		Face    Face
		Size    float64
		Color   Color
		Stretch float64
		Text    string
	}

	// Rect is a rectangle, filled, framed or both. A height of 0 makes it a line.
	Rect struct {
		X, Y, W, H float64
		Fill       *Color
		Stroke     *Color
		Weight     float64 // of the stroke
	}

	// Anchor is text for a machine to find: white, in a core font, whole in one string of the page's content.
	Anchor struct {
		X, Y float64
		Text string
	}
)

func (Text) op()   {}
func (Rect) op()   {}
func (Anchor) op() {}

// Page is what stands on one page.
type Page []Placed

// Placed is a piece at its height on the page.
type Placed struct {
	Y   float64 // from the top edge of the page
	Ops []Op
}

// Document is what is to be laid out.
type Document struct {
	Blocks []Block
	Footer func(page, of int) (left, right string)
}

// Layout arranges the blocks on pages.
func Layout(d Document, m Metrics) []Page {
	s := layouter{metrics: m, width: measure}
	pages := paginate(s.pieces(d.Blocks), bodyHeight)
	for i := range pages {
		left, right := d.Footer(i+1, len(pages))
		pages[i] = append(pages[i], Placed{Y: footerY, Ops: s.footer(left, right)})
	}
	return pages
}

func (s layouter) footer(left, right string) []Op {
	const size = 8.5
	end := marginLeft + measure - s.metrics.Width(Regular, right)*size
	return []Op{
		Rect{X: marginLeft, Y: -14, W: measure, Stroke: &line, Weight: 0.5},
		Text{X: marginLeft, Size: size, Color: slate, Text: left},
		Text{X: end, Size: size, Color: slate, Text: right},
	}
}
