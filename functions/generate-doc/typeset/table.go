package typeset

// Spacing of tables, in points.
const (
	cellGap = 12.0 // between columns
	cellPad = 3.5  // above and below a row's text, and beside the outermost columns' text
	least   = 110.0
)

// columnsOf is where a table's columns begin and how wide they are.
type columnsOf struct{ x, width []float64 }

// table sets the header once; the pages that the table goes over to repeat it. The last row stays with the totals.
func (s layouter) table(t Table) []piece {
	c := s.fit(t)
	header := s.cells(t.Header, t.Left, headLook, c)
	header.before, header.keep = 8, true
	header.ops = append([]Op{Rect{X: s.left(), W: s.width, H: header.height, Fill: &tint}}, header.ops...)
	all := []piece{header}
	for _, values := range t.Rows {
		p := s.cells(values, t.Left, tableLook, c)
		p.ops = append(p.ops, Rect{X: s.left(), Y: p.height, W: s.width, Stroke: &line, Weight: 0.5})
		p.header = &header
		all = append(all, p)
	}
	all[len(all)-1].keep = true
	return append(all, s.totals(t.Totals)...)
}

// fit makes every column but the first as wide as its widest cell, and gives the first the rest.
func (s layouter) fit(t Table) columnsOf {
	n := len(t.Header)
	c := columnsOf{make([]float64, n), make([]float64, n)}
	c.width[0] = s.width - 2*cellPad
	for i := n - 1; i > 0; i-- {
		c.width[i] = s.metrics.Width(headLook.alone, t.Header[i]) * headLook.size
		for _, row := range t.Rows {
			c.width[i] = max(c.width[i], s.metrics.Width(Regular, row[i])*tableLook.size)
		}
		c.width[i] += 0.01 // so that adding up in another order breaks no line
		c.width[0] -= c.width[i] + cellGap
	}
	c.width[0] = max(c.width[0], least)
	c.x[0] = s.left() + cellPad
	for i := 1; i < n; i++ {
		c.x[i] = c.x[i-1] + c.width[i-1] + cellGap
	}
	return c
}

// cells sets one row of a table; it is as high as its highest cell.
func (s layouter) cells(values []string, left []bool, l style, c columnsOf) piece {
	var p piece
	for i, value := range values {
		y := cellPad
		for _, r := range s.rows(plain(l.alone, value), l, c.x[i], c.width[i]) {
			dx := c.x[i] + c.width[i] - r.end
			if left[i] {
				dx = 0
			}
			p.ops = append(p.ops, shifted(r.ops, dx, y)...)
			y += l.leading
		}
		p.height = max(p.height, y+cellPad)
	}
	return p
}

// totals sets the lines under a table, their amounts under the last column.
func (s layouter) totals(totals []Total) []piece {
	p := piece{before: 4}
	edge := s.left() + s.width - cellPad
	amounts := 0.0
	for _, t := range totals {
		l := t.look()
		amounts = max(amounts, s.metrics.Width(l.alone, t.Amount)*l.size)
	}
	for _, t := range totals {
		l := t.look()
		for _, cell := range []struct {
			text string
			edge float64
		}{{t.Label, edge - amounts - 2*cellGap}, {t.Amount, edge}} {
			x := cell.edge - s.metrics.Width(l.alone, cell.text)*l.size
			p.ops = append(p.ops, Text{X: x, Y: p.height + l.baseline(), Face: l.alone, Size: l.size, Color: l.color, Text: cell.text})
		}
		p.height += l.leading + 1
	}
	p.height += 4
	return []piece{p}
}

func (t Total) look() style {
	if t.Strong {
		return strongLook
	}
	return tableLook
}
