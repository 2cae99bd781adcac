package fakeyousign

import (
	"crypto/sha256"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"unicode/utf8"

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

// anchor is a place to sign that the document itself names. X and Y are those of its upper left corner.
type anchor struct {
	Signer        int
	Page          int
	X, Y          float64
	Width, Height float64
}

// field is the signature field that an anchor becomes; its id is the same whenever it is asked for.
func (a anchor) field(documentID string, index int) field {
	digest := sha256.Sum256(fmt.Appendf(nil, "%s/%d", documentID, index))
	return field{
		ID: uuid(digest[:16]), DocumentID: documentID, Type: "signature", Page: a.Page,
		X: a.X, Y: a.Y, Width: a.Width, Height: a.Height,
	}
}

// readAnchors finds every anchor in the text of the pages.
func readAnchors(d *pdf.Document, pages []pdf.Page) ([]anchor, error) {
	if len(pages) > anchorPages {
		return nil, nil
	}
	var found []anchor
	for i, page := range pages {
		runs, err := d.Text(page)
		if err != nil {
			return nil, err
		}
		for len(runs) > 0 {
			n := sameLine(runs)
			found = append(found, anchorsOf(runs[:n], i+1, page.Box)...)
			runs = runs[n:]
		}
	}
	return found, nil
}

// sameLine counts the pieces at the beginning of runs that stand on one line: many programs write a word in pieces.
func sameLine(runs []pdf.Run) int {
	n := 1
	for n < len(runs) && math.Abs(runs[n].Y-runs[0].Y) < 0.5 && runs[n].X >= runs[n-1].X {
		n++
	}
	return n
}

// anchorsOf finds the anchors of one line. One whose size no field may have is none: the count is the only feedback that
// callers get, so it must not promise a field that will not be.
func anchorsOf(line []pdf.Run, page int, box [4]float64) []anchor {
	var text string
	for _, run := range line {
		text += run.Text
	}
	var found []anchor
	for _, m := range anchorForm.FindAllStringSubmatchIndex(text, -1) {
		number, _ := strconv.Atoi(text[m[2]:m[3]])
		width, _ := strconv.Atoi(text[m[4]:m[5]])
		height, _ := strconv.Atoi(text[m[6]:m[7]])
		if width < minWidth || width > maxWidth || height < minHeight || height > maxHeight {
			continue
		}
		x, top := begins(line, m[0])
		found = append(found, anchor{
			Signer: number, Page: page, Width: float64(width), Height: float64(height),
			X: x - box[0], Y: box[3] - top,
		})
	}
	return found
}

// begins says where the byte at offset of the line's text stands: how far from the left, and the upper edge. Within a
// piece it counts half a square for each letter.
func begins(line []pdf.Run, offset int) (x, top float64) {
	for _, run := range line {
		if offset < len(run.Text) {
			return run.X + 0.5*run.Size*float64(utf8.RuneCountInString(run.Text[:offset])), run.Y + run.Size
		}
		offset -= len(run.Text)
	}
	return 0, 0
}
