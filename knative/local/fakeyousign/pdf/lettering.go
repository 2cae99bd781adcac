package pdf

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Lettering writes text in Liberation Sans as a font whose letters are drawn (Type 3): it carries only what is used,
// needs no font of the reader's and has every Latin letter, which the fonts that each reader has do not.
type Lettering struct {
	font  *sfnt.Font
	codes map[rune]byte
	order []rune
}

// Regular and Bold begin a lettering. One holds up to 255 different characters; more are written as "?".
func Regular() *Lettering { return lettering(liberationsansregular.TTF) }

// Bold begins a lettering in bold.
func Bold() *Lettering { return lettering(liberationsansbold.TTF) }

func lettering(ttf []byte) *Lettering {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic(err) // the font is built in
	}
	l := &Lettering{font: f, codes: map[rune]byte{}}
	l.code('?')
	return l
}

// Encode gives the string to show for text.
func (l *Lettering) Encode(text string) String {
	var out []byte
	for _, r := range text {
		out = append(out, l.code(r))
	}
	return String(out)
}

// code gives a letter its number at its first use.
func (l *Lettering) code(r rune) byte {
	if c, ok := l.codes[r]; ok {
		return c
	}
	glyph, err := l.font.GlyphIndex(nil, r)
	if err != nil || glyph == 0 || len(l.order) == 255 {
		return l.codes['?']
	}
	l.order = append(l.order, r)
	l.codes[r] = byte(len(l.order)) // 0 stays unused
	return l.codes[r]
}

// Width is how wide text is at a size of one point.
func (l *Lettering) Width(text string) float64 {
	sum := 0
	for _, r := range text {
		sum += l.advance(r)
	}
	return float64(sum) / l.units()
}

func (l *Lettering) units() float64 { return float64(l.font.UnitsPerEm()) }

// ppem is the size at which outlines come in the font's own units.
func (l *Lettering) ppem() fixed.Int26_6 { return fixed.I(int(l.font.UnitsPerEm())) }

func (l *Lettering) advance(r rune) int {
	glyph, err := l.font.GlyphIndex(nil, l.order[l.code(r)-1])
	if err != nil {
		return 0
	}
	width, err := l.font.GlyphAdvance(nil, glyph, l.ppem(), font.HintingNone)
	if err != nil {
		return 0
	}
	return width.Round()
}

// Object is the font dictionary with the letters that were used so far; add puts a stream into the file.
func (l *Lettering) Object(add func(Object) Ref) Dict {
	letters, differences, widths := Dict{}, Array{1}, Array{}
	for _, r := range l.order {
		name := Name(fmt.Sprintf("u%04X", r))
		letters[name] = add(deflated(l.outline(r)))
		differences, widths = append(differences, name), append(widths, l.advance(r))
	}
	em := 1 / l.units()
	return Dict{
		"Type": Name("Font"), "Subtype": Name("Type3"), "FontBBox": Array{0, 0, 0, 0}, "FontMatrix": Array{em, 0, 0, em, 0, 0},
		"FirstChar": 1, "LastChar": len(l.order), "Widths": widths, "CharProcs": letters, "Resources": Dict{},
		"Encoding":  Dict{"Type": Name("Encoding"), "Differences": differences},
		"ToUnicode": add(deflated(l.toUnicode())),
	}
}

// toUnicode makes the text selectable and searchable: drawn letters alone mean nothing to a reader.
func (l *Lettering) toUnicode() []byte {
	out := bytes.NewBufferString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n")
	first := 1
	for part := range slices.Chunk(l.order, 100) { // a list has at most 100 entries (Adobe note 5014)
		fmt.Fprintf(out, "%d beginbfchar\n", len(part))
		for i, r := range part {
			text := fmt.Sprintf("%X", string(utf16Text(string(r))[2:]))
			fmt.Fprintf(out, "<%02X> <%s>\n", first+i, text)
		}
		out.WriteString("endbfchar\n")
		first += len(part)
	}
	out.WriteString("endcmap\nend\nend\n")
	return out.Bytes()
}

// outline draws one letter, in the font's own units.
func (l *Lettering) outline(r rune) []byte {
	out := bytes.NewBuffer(nil)
	fmt.Fprintf(out, "%d 0 d0\n", l.advance(r))
	glyph, err := l.font.GlyphIndex(nil, r)
	if err != nil {
		return out.Bytes()
	}
	segments, err := l.font.LoadGlyph(new(sfnt.Buffer), glyph, l.ppem(), nil)
	if err != nil || len(segments) == 0 {
		return out.Bytes()
	}
	var pen fixed.Point26_6
	for _, s := range segments {
		pen = trace(out, pen, s)
	}
	out.WriteString("f\n")
	return out.Bytes()
}

// trace writes one segment and says where the pen is then. PDF has no quadratic curves: each becomes a cubic one.
func trace(out *bytes.Buffer, pen fixed.Point26_6, s sfnt.Segment) fixed.Point26_6 {
	a, b, c := s.Args[0], s.Args[1], s.Args[2]
	switch s.Op {
	case sfnt.SegmentOpMoveTo:
		fmt.Fprintf(out, "%s m\n", at(a, a, 0))
		return a
	case sfnt.SegmentOpLineTo:
		fmt.Fprintf(out, "%s l\n", at(a, a, 0))
		return a
	case sfnt.SegmentOpQuadTo:
		fmt.Fprintf(out, "%s %s %s c\n", at(pen, a, 2./3), at(b, a, 2./3), at(b, b, 0))
		return b
	default:
		fmt.Fprintf(out, "%s %s %s c\n", at(a, a, 0), at(b, b, 0), at(c, c, 0))
		return c
	}
}

// at writes the point that lies share of the way from p to q, with y upwards.
func at(p, q fixed.Point26_6, share float64) string {
	x := float64(p.X) + share*float64(q.X-p.X)
	y := float64(p.Y) + share*float64(q.Y-p.Y)
	return fmt.Sprintf("%.0f %.0f", x/64, -y/64)
}
