package typeset

// layouter turns blocks into pieces, within a column that is width wide and begins at x.
type layouter struct {
	metrics Metrics
	x       float64 // from the left margin
	width   float64
}

// step is one step of a paragraph's indent, in points.
const step = 15.0

func (s layouter) left() float64 { return marginLeft + s.x }

// pieces sets blocks one after the other.
func (s layouter) pieces(blocks []Block) []piece {
	var all []piece
	fresh := false
	for _, b := range blocks {
		if _, turn := b.(NewPage); turn {
			fresh = true
			continue
		}
		set := s.block(b)
		if len(set) > 0 {
			set[0].fresh, fresh = fresh, false
		}
		all = append(all, set...)
	}
	return all
}

func (s layouter) block(b Block) []piece {
	switch b := b.(type) {
	case Title:
		return s.title(b)
	case Subtitle:
		return []piece{s.lines(b.Spans, subtitleLook, 2, true)}
	case Heading:
		return []piece{s.heading(b)}
	case Paragraph:
		return s.paragraph(b)
	case Table:
		return s.table(b)
	case Columns:
		return s.columns(b)
	case Box:
		return s.box(b)
	case Signatures:
		return s.signatures(b)
	}
	return nil
}

// title is set large, with a short rule below it.
func (s layouter) title(t Title) []piece {
	p := s.lines(plain(titleLook.alone, t.Text), titleLook, 0, true)
	p.ops = append(p.ops, Rect{X: s.left(), Y: p.height + 5, W: 54, Stroke: &navy, Weight: 1.6})
	p.height += 12
	return []piece{p}
}

func (s layouter) heading(h Heading) piece {
	if h.Major {
		return s.lines(plain(majorLook.alone, h.Text), majorLook, 15, true)
	}
	return s.lines(plain(minorLook.alone, h.Text), minorLook, 14, true)
}

// lines sets text as one piece.
func (s layouter) lines(spans []Span, l style, before float64, keep bool) piece {
	p := piece{before: before, keep: keep}
	for _, r := range s.rows(spans, l, s.left(), s.width) {
		p.ops = append(p.ops, shifted(r.ops, 0, p.height)...)
		p.height += l.leading
	}
	return p
}

// paragraph sets running text. Its first two lines are one piece and its last two, so that no page begins or ends
// with a single line of it.
func (s layouter) paragraph(p Paragraph) []piece {
	l := textLook
	x, width := s.left()+step*float64(p.Depth), s.width-step*float64(p.Depth)
	rows := s.rows(p.Spans, l, x, width)
	if len(rows) == 0 {
		return nil
	}
	if p.Label != "" {
		at := x - s.labelGap(p.Label, l)
		rows[0].ops = append([]Op{Text{X: at, Y: l.baseline(), Size: l.size, Color: l.color, Text: p.Label}}, rows[0].ops...)
	}
	if p.Rule {
		last := &rows[len(rows)-1]
		from := last.end + 4
		last.ops = append(last.ops, Rect{X: from, Y: l.baseline() + 2, W: x + width - from, Stroke: &slate, Weight: 0.5})
	}
	before := 6.0
	switch {
	case p.Tight:
		before = 3
	case p.Rule:
		before = 11
	}
	return together(rows, l.leading, before, p.Keep)
}

// labelGap is how far left of its text a label begins: numbers two steps, dashes and dots close to the text.
func (s layouter) labelGap(label string, l style) float64 {
	if w := s.metrics.Width(Regular, label) * l.size; w < step/2 {
		return w + 6
	}
	return 2 * step
}

// together makes pieces of a paragraph's rows.
func together(rows []row, leading, before float64, keep bool) []piece {
	var all []piece
	for i := 0; i < len(rows); {
		n := 1
		switch left := len(rows) - i; {
		case left <= 3 && (i == 0 || left == 2):
			n = left
		case i == 0:
			n = 2
		}
		p := piece{height: float64(n) * leading, keep: keep && i+n == len(rows)}
		if i == 0 {
			p.before = before
		}
		for j, r := range rows[i : i+n] {
			p.ops = append(p.ops, shifted(r.ops, 0, float64(j)*leading)...)
		}
		all = append(all, p)
		i += n
	}
	return all
}
