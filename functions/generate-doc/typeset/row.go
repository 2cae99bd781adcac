package typeset

// style is how the lines of a text are set.
type style struct {
	size, leading float64
	color         Color
	full          bool // justified: every line but the last fills the width
	alone         Face // the face of text that is given as a string
}

// The document's looks. The leading of running text is a third above its size.
var (
	titleLook    = style{size: 21, leading: 26, color: navy, alone: Bold}
	subtitleLook = style{size: 10, leading: 14, color: slate}
	majorLook    = style{size: 12, leading: 16, color: navy, alone: Bold}
	minorLook    = style{size: 11, leading: 15, color: navy, alone: Bold}
	textLook     = style{size: 10.5, leading: 14, color: ink, full: true}
	cardLook     = style{size: 10, leading: 13.5, color: ink}
	tableLook    = style{size: 9.5, leading: 12.5, color: ink}
	strongLook   = style{size: 10.5, leading: 17, color: ink, alone: Bold}
	headLook     = style{size: 8.5, leading: 11, color: navy, alone: Bold}
	captionLook  = style{size: 9, leading: 12, color: slate}
)

// ascent is how far the baseline lies below the top of a line, as a share of its size. With the leading's rest below
// it, text stands in the middle of its line.
const ascent = 0.75

func (l style) baseline() float64 { return (l.leading-l.size)/2 + ascent*l.size + 0.5 }

// row is one line of words on its way to the page.
type row struct {
	ops []Op
	end float64 // where its text ends
}

// rows sets text between x and x+width; y counts from each row's top.
func (s layouter) rows(spans []Span, l style, x, width float64) []row {
	words := s.words(spans, l.size, width)
	var set []row
	begin := 0
	ends := broken(words, width)
	for i, end := range ends {
		full := l.full && i < len(ends)-1
		set = append(set, run(words[begin:end], x, width, l, full))
		begin = end
	}
	return set
}

// run sets words as one line: one Text for each stretch of words in the same face.
func run(words []word, x, width float64, l style, full bool) row {
	stretch := 0.0
	if full {
		stretch = stretched(words, width, l.size)
	}
	var ops []Op
	open := Text{}
	for i, w := range words {
		for _, p := range w.parts {
			if open.Text == "" || open.Face != p.Face {
				ops = closed(ops, open)
				open = Text{X: x, Y: l.baseline(), Face: p.Face, Size: l.size, Color: l.color, Stretch: stretch}
			}
			open.Text += p.Text
			x += p.width
		}
		if i < len(words)-1 {
			open.Text += " "
			x += w.space + stretch
		}
	}
	return row{closed(ops, open), x}
}

// closed adds a run that has come to its end.
func closed(ops []Op, run Text) []Op {
	if run.Text == "" {
		return ops
	}
	return append(ops, run)
}

// stretched is what each space must gain for the line to be full; nothing if that would tear it apart.
func stretched(words []word, width, size float64) float64 {
	if len(words) < 2 {
		return 0
	}
	natural := words[len(words)-1].width
	for _, w := range words[:len(words)-1] {
		natural += w.width + w.space
	}
	if by := (width - natural) / float64(len(words)-1); by <= maxStretch*size {
		return by
	}
	return 0
}

// plain makes spans of a text in one face.
func plain(face Face, text string) []Span { return []Span{{face, text}} }
