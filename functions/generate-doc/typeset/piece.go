package typeset

// piece is what a page is filled with: it is never split. Its ops stand relative to its top.
type piece struct {
	before float64 // space above it, unless it stands at the top of a page
	height float64
	ops    []Op
	keep   bool   // on the same page as the piece that follows
	header *piece // is repeated above it where it begins a page
	fresh  bool   // begins a page
}

// stack puts pieces under each other into one, which begins at y and is as high as all of them.
func stack(pieces []piece, y float64) ([]Op, float64) {
	var ops []Op
	for i, p := range pieces {
		if i > 0 {
			y += p.before
		}
		ops = append(ops, shifted(p.ops, 0, y)...)
		y += p.height
	}
	return ops, y
}

// shifted moves ops.
func shifted(ops []Op, dx, dy float64) []Op {
	moved := make([]Op, len(ops))
	for i, op := range ops {
		switch o := op.(type) {
		case Text:
			o.X, o.Y = o.X+dx, o.Y+dy
			moved[i] = o
		case Rect:
			o.X, o.Y = o.X+dx, o.Y+dy
			moved[i] = o
		case Anchor:
			o.X, o.Y = o.X+dx, o.Y+dy
			moved[i] = o
		}
	}
	return moved
}

// paginate fills pages of this height. Pieces that belong together go over to the next page together, unless no page
// is high enough for them.
func paginate(pieces []piece, height float64) []Page {
	f := paginator{height: height, pages: []Page{nil}}
	for len(pieces) > 0 {
		n := 1
		for n < len(pieces) && pieces[n-1].keep && !pieces[n].fresh {
			n++
		}
		f.place(pieces[:n])
		pieces = pieces[n:]
	}
	return f.pages
}

// paginator fills pages from the top; y is how far the last one is full.
type paginator struct {
	height float64
	pages  []Page
	y      float64
}

func (f *paginator) place(group []piece) {
	if f.y > 0 && (group[0].fresh || f.y+total(group, f.y) > f.height) {
		f.turn()
	}
	for _, p := range group {
		if f.y > 0 && f.y+p.before+p.height > f.height {
			f.turn()
		}
		if f.y == 0 && p.header != nil {
			f.set(*p.header)
		}
		f.set(p)
	}
}

func (f *paginator) turn() { f.pages, f.y = append(f.pages, nil), 0 }

func (f *paginator) set(p piece) {
	if f.y > 0 {
		f.y += p.before
	}
	last := &f.pages[len(f.pages)-1]
	*last = append(*last, Placed{Y: marginTop + f.y, Ops: p.ops})
	f.y += p.height
}

// total is what a group needs below y.
func total(group []piece, y float64) float64 {
	sum := 0.0
	for i, p := range group {
		if i > 0 || y > 0 {
			sum += p.before
		}
		sum += p.height
	}
	return sum
}
