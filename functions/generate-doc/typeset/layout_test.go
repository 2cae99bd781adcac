package typeset

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// even is a typeface in which every character is half as wide as it is high.
type even struct{}

func (even) Width(_ Face, text string) float64 { return 0.5 * float64(utf8.RuneCountInString(text)) }

func footer(page, of int) (left, right string) { return "left", fmt.Sprintf("%d/%d", page, of) }

// texts lists what is written on a page, from the top, without the footer.
func texts(p Page) []string {
	var all []string
	for _, placed := range p[:len(p)-1] {
		for _, op := range placed.Ops {
			if t, is := op.(Text); is {
				all = append(all, t.Text)
			}
		}
	}
	return all
}

// sample is a document of random paragraphs under headings. Every line can be told: words name their paragraph.
func sample(seed uint64) ([]Block, int) {
	r := rand.New(rand.NewPCG(seed, 7))
	var blocks []Block
	n := 40 + r.IntN(20)
	for i := range n {
		words := strings.Repeat(fmt.Sprintf("p%03d ", i), 1+r.IntN(150))
		blocks = append(blocks, Heading{Text: fmt.Sprintf("H%03d", i), Major: i%2 == 0}, Paragraph{Spans: plain(Regular, words), Depth: r.IntN(3)})
	}
	return blocks, n
}

func TestNoHeadingStandsAloneAtThePageFoot(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		blocks, _ := sample(seed)
		for i, page := range Layout(Document{blocks, footer}, even{}) {
			if on := texts(page); strings.HasPrefix(on[len(on)-1], "H") {
				t.Fatalf("seed %d: page %d ends with the heading %s", seed, i+1, on[len(on)-1])
			}
		}
	}
}

func TestNoSingleLineOfAParagraphIsLeftBehind(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		blocks, n := sample(seed)
		total := make([]int, n)
		var pages []map[int]int // lines per paragraph on each page
		for _, page := range Layout(Document{blocks, footer}, even{}) {
			on := map[int]int{}
			for _, text := range texts(page) {
				var p int
				if _, err := fmt.Sscanf(text, "p%03d", &p); err == nil {
					on[p]++
					total[p]++
				}
			}
			pages = append(pages, on)
		}
		for i, on := range pages {
			for p, lines := range on {
				if lines == 1 && total[p] > 1 {
					t.Fatalf("seed %d: page %d has one of %d lines of paragraph %d", seed, i+1, total[p], p)
				}
			}
		}
	}
}

func TestNothingIsLostAndNothingLeavesThePage(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		blocks, _ := sample(seed)
		blocks = append(blocks, Paragraph{Spans: plain(Bold, strings.Repeat("W", 3000))})
		var want, got int
		for _, b := range blocks {
			switch b := b.(type) {
			case Heading:
				want += len(b.Text)
			case Paragraph:
				want += len(strings.ReplaceAll(b.Spans[0].Text, " ", ""))
			}
		}
		for i, page := range Layout(Document{blocks, footer}, even{}) {
			got += len(strings.ReplaceAll(strings.Join(texts(page), ""), " ", ""))
			within(t, i, page)
		}
		if got != want {
			t.Fatalf("seed %d: %d characters drawn of %d", seed, got, want)
		}
	}
}

// within fails if anything but the footer stands outside the margins.
func within(t *testing.T, number int, page Page) {
	t.Helper()
	const slack = 0.1
	for _, placed := range page[:len(page)-1] {
		for _, op := range placed.Ops {
			x, y, end := 0.0, placed.Y, 0.0
			switch o := op.(type) {
			case Text:
				x, y = o.X, y+o.Y
				end = x + (even{}).Width(o.Face, o.Text)*o.Size + float64(strings.Count(o.Text, " "))*o.Stretch
			case Rect:
				x, y, end = o.X, y+o.Y+o.H, o.X+o.W
			}
			if _, anchor := op.(Anchor); anchor {
				continue
			}
			if x < marginLeft-slack || end > marginLeft+measure+slack || y > marginTop+bodyHeight+slack {
				t.Fatalf("page %d: %+v leaves the margins: x %.1f to %.1f, y %.1f", number+1, op, x, end, y)
			}
		}
	}
}

func TestJustifiedLinesFillTheMeasureAndTheLastDoesNot(t *testing.T) {
	t.Parallel()
	s := layouter{metrics: even{}, width: measure}
	rows := s.rows([]Span{{Regular, strings.Repeat("some words ", 30)}, {Bold, strings.Repeat("in bold ", 30)}}, textLook, marginLeft, measure)
	for i, r := range rows[:len(rows)-1] {
		if off := r.end - marginLeft - measure; off > 0.01 || off < -0.01 {
			t.Errorf("line %d ends %.2f points off the margin", i+1, off)
		}
	}
	if last := rows[len(rows)-1].ops[0].(Text); last.Stretch != 0 {
		t.Errorf("the last line is stretched by %.2f", last.Stretch)
	}
}

func TestALineThatCannotBeFilledIsLeftRagged(t *testing.T) {
	t.Parallel()
	s := layouter{metrics: even{}, width: measure}
	rows := s.rows(plain(Regular, "a b "+strings.Repeat("x", 86)+" c"), textLook, marginLeft, measure)
	if first := rows[0].ops[0].(Text); len(rows) < 2 || first.Stretch != 0 {
		t.Errorf("%d lines, the first stretched by %.1f points", len(rows), first.Stretch)
	}
}
