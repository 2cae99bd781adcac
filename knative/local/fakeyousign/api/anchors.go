package api

import (
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
)

// anchorPages is how many pages a document may have for its anchors to be read; above, they are passed over in
// silence, as the real service does.
const anchorPages = 150

// Bounds of a signature field, in points.
const (
	minWidth, maxWidth   = 85, 2000
	minHeight, maxHeight = 37, 1000
)

// anchorForm is {{s<number of the signer>|signature|<width>|<height>}}, in one line.
var anchorForm = regexp.MustCompile(`\{\{s([1-9][0-9]{0,2})\|signature\|([0-9]{1,4})\|([0-9]{1,4})\}\}`)

// readAnchors finds every anchor in the text of the pages.
func readAnchors(d *pdf.Document, pages []pdf.Page) ([]model.Anchor, error) {
	if len(pages) > anchorPages {
		return nil, nil
	}
	var found []model.Anchor
	for i, page := range pages {
		glyphs, err := d.Glyphs(i)
		if err != nil {
			return nil, err
		}
		for len(glyphs) > 0 {
			n := sameLine(glyphs)
			found = append(found, anchorsOf(glyphs[:n], i+1, page.Box)...)
			glyphs = glyphs[n:]
		}
	}
	return found, nil
}

// sameLine counts the notifications at the beginning that stand on one line.
func sameLine(glyphs []pdf.Glyph) int {
	n := 1
	for n < len(glyphs) && math.Abs(glyphs[n].Y-glyphs[0].Y) < 0.5 && glyphs[n].X >= glyphs[n-1].X {
		n++
	}
	return n
}

// anchorsOf finds the anchors of one line. One whose size no field may have is none: the count is the only feedback that
// callers get, so it must not promise a field that will not be.
func anchorsOf(line []pdf.Glyph, page int, box [4]float64) []model.Anchor {
	var text string
	var at []pdf.Glyph // of each byte of the text
	for _, g := range line {
		text += g.Text
		at = append(at, slices.Repeat([]pdf.Glyph{g}, len(g.Text))...)
	}
	var found []model.Anchor
	for _, m := range anchorForm.FindAllStringSubmatchIndex(text, -1) {
		number, _ := strconv.Atoi(text[m[2]:m[3]])
		width, _ := strconv.Atoi(text[m[4]:m[5]])
		height, _ := strconv.Atoi(text[m[6]:m[7]])
		if width < minWidth || width > maxWidth || height < minHeight || height > maxHeight {
			continue
		}
		first := at[m[0]]
		found = append(found, model.Anchor{
			Signer: number, Page: page, Width: float64(width), Height: float64(height),
			X: first.X - box[0], Y: box[3] - first.Y - first.Size,
		})
	}
	return found
}
