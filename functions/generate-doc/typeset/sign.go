package typeset

// Places to sign, in points. The area is a little larger than what an anchor asks of the signature service.
const (
	signWidth  = 190.0
	signHeight = 70.0
	anchorSize = 6.0
)

// signatures sets the places to sign two in a row and keeps all of them together, so that every signer sees who else
// signs.
func (s layouter) signatures(b Signatures) []piece {
	var all []piece
	for i := 0; i < len(b.Places); i += 2 {
		p := s.signing(b.Places[i:min(i+2, len(b.Places))])
		p.keep = i+2 < len(b.Places)
		all = append(all, p)
	}
	return all
}

// signing sets one row of places. The areas begin at the same height, whatever the length of the names above them.
func (s layouter) signing(places []Place) piece {
	width := (s.width - frameGap) / 2
	p := piece{before: 14}
	for j, place := range places {
		at := layouter{s.metrics, s.x + float64(j)*(width+frameGap), width}
		caption := at.lines(plain(captionLook.alone, place.Caption), captionLook, 0, false)
		name := at.lines(plain(Bold, place.Name), cardLook, 0, false)
		p.ops = append(p.ops, caption.ops...)
		p.ops = append(p.ops, shifted(name.ops, 0, caption.height)...)
		p.height = max(p.height, caption.height+name.height)
	}
	top := p.height + 4
	for j, place := range places {
		x := s.left() + float64(j)*(width+frameGap)
		p.ops = append(p.ops,
			Rect{X: x, Y: top, W: signWidth, H: signHeight, Stroke: &line, Weight: 0.75},
			Anchor{X: x + 5, Y: top + 5 + anchorSize, Text: place.Anchor})
	}
	p.height = top + signHeight
	return p
}
