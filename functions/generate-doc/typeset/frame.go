package typeset

// Spacing of what stands in frames, in points.
const (
	framePad = 11.0
	frameGap = 16.0 // between cards side by side
)

// columns sets cards two in a row. Cards of a row are equally high.
func (s layouter) columns(c Columns) []piece {
	var all []piece
	width := (s.width - frameGap) / 2
	for i := 0; i < len(c.Cards); i += 2 {
		p := piece{before: 8}
		for j, card := range c.Cards[i:min(i+2, len(c.Cards))] {
			at := layouter{s.metrics, s.x + float64(j)*(width+frameGap) + framePad, width - 2*framePad}
			ops, height := at.card(card)
			p.ops = append(p.ops, ops...)
			p.height = max(p.height, height)
		}
		var behind []Op
		for j := range c.Cards[i:min(i+2, len(c.Cards))] {
			x := s.left() + float64(j)*(width+frameGap)
			behind = append(behind,
				Rect{X: x, W: width, H: p.height, Fill: &tint},
				Rect{X: x, W: width, Stroke: &navy, Weight: 1})
		}
		p.ops = append(behind, p.ops...)
		p.height += 4
		all = append(all, p)
	}
	return all
}

// card sets a heading and its lines; what goes over to a second line is indented.
func (s layouter) card(c Card) ([]Op, float64) {
	heading := s.lines(plain(minorLook.alone, c.Heading), minorLook, 0, false)
	ops := shifted(heading.ops, 0, framePad-3)
	y := framePad - 3 + heading.height + 3
	for _, spans := range c.Lines {
		l := s.lines(spans, cardLook, 0, false)
		ops = append(ops, shifted(l.ops, 0, y)...)
		y += l.height
	}
	return ops, y + framePad - 3
}

// box sets blocks in a frame.
func (s layouter) box(b Box) []piece {
	inner := layouter{s.metrics, s.x + framePad, s.width - 2*framePad}
	ops, height := stack(inner.pieces(b.Blocks), framePad-2)
	height += framePad
	frame := Rect{X: s.left(), W: s.width, H: height, Fill: &tint, Stroke: &line, Weight: 0.75}
	return []piece{{before: 9, height: height, ops: append([]Op{frame}, ops...)}}
}
