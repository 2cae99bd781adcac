package typeset

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
)

// About is what the file says of itself.
type About struct {
	Title    string
	Language string    // ISO 639-1
	Made     time.Time // the same for the same document, or the bytes would differ
}

// family is the name of the embedded typeface: Liberation Serif. Its faces must be those that shared/templates looks
// for characters in.
const family = "serif"

// Write lays the document out and makes the PDF of it. The same document makes the same bytes, in every process.
// pages is how many it has.
func Write(d Document, about About) (file []byte, pages int, err error) {
	f := open(about)
	layout := Layout(d, &metrics{f: f})
	for _, page := range layout {
		f.AddPage()
		w := writer{f: f}
		for _, p := range page {
			for _, op := range p.Ops {
				w.draw(op, p.Y)
			}
		}
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, 0, fmt.Errorf("write the PDF: %w", err)
	}
	return out.Bytes(), len(layout), nil
}

// open begins a file. What fpdf would take from the clock or from the order of a map is fixed.
func open(about About) *fpdf.Fpdf {
	f := fpdf.New("P", "pt", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(about.Made.UTC())
	f.SetModificationDate(about.Made.UTC())
	f.SetProducer("Paraphe", true)
	f.SetTitle(about.Title, true)
	f.SetLang(about.Language)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetCellMargin(0)
	return f
}

// styles are fpdf's names for the faces, and fonts their files.
var (
	styles = [...]string{Regular: "", Bold: "B", Italic: "I"}
	fonts  = [...][]byte{Regular: liberationserifregular.TTF, Bold: liberationserifbold.TTF, Italic: liberationserifitalic.TTF}
)

// metrics measures with the fonts of a file that has no page yet. A face is embedded when it is first measured, so
// that a document bears only those that it shows.
type metrics struct {
	f     *fpdf.Fpdf
	open  [len(fonts)]bool
	known [len(fonts)][latin]int // widths of the common characters, in thousandths; 0 is not looked up yet
}

// latin is the end of Unicode's Latin Extended-B: what nearly every character of a contract lies below.
const latin = 0x250

func (m *metrics) Width(face Face, text string) float64 {
	sum := 0
	for _, r := range text {
		if r >= latin {
			sum += m.lookUp(face, r)
			continue
		}
		if m.known[face][r] == 0 {
			m.known[face][r] = m.lookUp(face, r)
		}
		sum += m.known[face][r]
	}
	return float64(sum) / 1000
}

func (m *metrics) lookUp(face Face, r rune) int {
	if !m.open[face] {
		m.f.AddUTF8FontFromBytes(family, styles[face], fonts[face])
		m.open[face] = true
	}
	m.f.SetFont(family, styles[face], 10)
	return m.f.GetStringSymbolWidth(string(r))
}

// writer draws one page.
type writer struct{ f *fpdf.Fpdf }

func (w writer) draw(op Op, y float64) {
	switch o := op.(type) {
	case Text:
		w.text(o, y)
	case Rect:
		w.rect(o, y)
	case Anchor:
		// Signature services read the page's text as it stands in the file, where embedded fonts have numbers of
		// glyphs instead of notifications. In a core font the string stands there as it is.
		w.f.SetFont("Helvetica", "", anchorSize)
		w.color(white)
		w.f.Text(o.X, y+o.Y, o.Text)
	}
}

func (w writer) text(o Text, y float64) {
	w.f.SetFont(family, styles[o.Face], o.Size)
	w.color(o.Color)
	if o.Stretch == 0 {
		w.f.Text(o.X, y+o.Y, o.Text)
		return
	}
	spaces := 0
	for _, r := range o.Text {
		if r == ' ' {
			spaces++
		}
	}
	width := float64(w.f.GetStringSymbolWidth(o.Text))/1000*o.Size + float64(spaces)*o.Stretch
	// A justified cell of no height draws its text 0.3 of its size below where it stands.
	w.f.SetXY(o.X, y+o.Y-0.3*o.Size)
	w.f.CellFormat(width, 0, o.Text, "", 0, "J", false, 0, "")
}

func (w writer) rect(o Rect, y float64) {
	style := ""
	if o.Fill != nil {
		w.f.SetFillColor(int(o.Fill.R), int(o.Fill.G), int(o.Fill.B))
		style = "F"
	}
	if o.Stroke != nil {
		w.f.SetDrawColor(int(o.Stroke.R), int(o.Stroke.G), int(o.Stroke.B))
		w.f.SetLineWidth(o.Weight)
		style += "D"
	}
	if o.H == 0 {
		w.f.Line(o.X, y+o.Y, o.X+o.W, y+o.Y)
		return
	}
	w.f.Rect(o.X, y+o.Y, o.W, o.H, style)
}

func (w writer) color(c Color) { w.f.SetTextColor(int(c.R), int(c.G), int(c.B)) }
