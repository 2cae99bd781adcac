package typeset

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestATableRepeatsItsHeaderAndKeepsItsTotals(t *testing.T) {
	t.Parallel()
	for before := range 45 { // moves the table through every position on the page
		blocks := []Block{}
		for range before {
			blocks = append(blocks, Paragraph{Spans: plain(Regular, "above")})
		}
		table := Table{Header: []string{"HEAD", "AMOUNT"}, Left: []bool{true, false}, Totals: []Total{{"TOTAL", "1,00", true}}}
		for i := range 40 {
			table.Rows = append(table.Rows, []string{fmt.Sprintf("row %d", i), "1,00"})
		}
		for i, page := range Layout(Document{append(blocks, table), footer}, even{}) {
			on := texts(page)
			first := slices.IndexFunc(on, func(s string) bool { return strings.HasPrefix(s, "row") })
			if first >= 0 && (first < 2 || on[first-2] != "HEAD") {
				t.Fatalf("%d lines above: page %d has rows without a header: %v", before, i+1, on)
			}
			if at := slices.Index(on, "TOTAL"); at == 0 || (at > 0 && on[at-1] != "1,00") {
				t.Fatalf("%d lines above: page %d has the totals without a row: %v", before, i+1, on)
			}
			if on[len(on)-1] == "AMOUNT" {
				t.Fatalf("%d lines above: page %d ends with the header", before, i+1)
			}
		}
	}
}

func TestLongCellsWrapAndOnlyTheFirstColumnGivesWay(t *testing.T) {
	t.Parallel()
	s := layouter{metrics: even{}, width: measure}
	table := Table{Header: []string{"Description", "Amount"}, Left: []bool{true, false}, Rows: [][]string{{strings.Repeat("W", 200), "99 999 999 999,99 €"}}}
	pieces := s.table(table)
	var amount string
	for _, op := range pieces[1].ops {
		if text, is := op.(Text); is && strings.HasSuffix(text.Text, "€") {
			amount += text.Text
		}
	}
	if amount != table.Rows[0][1] {
		t.Errorf("the amount is broken: %q", amount)
	}
	if pieces[1].height < 3*tableLook.leading {
		t.Errorf("200 notifications take %.0f points of height", pieces[1].height)
	}
}

func TestTheSignaturesAreNeverSplit(t *testing.T) {
	t.Parallel()
	for before := range 45 {
		var blocks []Block
		for range before {
			blocks = append(blocks, Paragraph{Spans: plain(Regular, "above")})
		}
		blocks = append(blocks, Paragraph{Spans: plain(Regular, "Made at"), Keep: true})
		places := Signatures{}
		for i := range 7 {
			places.Places = append(places.Places, Place{"for", "name", fmt.Sprintf("a%d", i)})
		}
		counts := map[int]int{}
		for i, page := range Layout(Document{append(blocks, places), footer}, even{}) {
			for _, placed := range page {
				for _, op := range placed.Ops {
					switch o := op.(type) {
					case Anchor:
						counts[i]++
					case Text:
						if o.Text == "Made at" {
							counts[i]++
						}
					}
				}
			}
		}
		if len(counts) != 1 {
			t.Fatalf("%d lines above: place and signatures lie on pages %v", before, counts)
		}
	}
}

func TestMoreSignersThanAPageHoldsGoOver(t *testing.T) {
	t.Parallel()
	places := Signatures{Places: make([]Place, 30)}
	anchors := 0
	pages := Layout(Document{[]Block{places}, footer}, even{})
	for i, page := range pages {
		within(t, i, page)
		for _, placed := range page {
			for _, op := range placed.Ops {
				if _, is := op.(Anchor); is {
					anchors++
				}
			}
		}
	}
	if anchors != 30 || len(pages) < 2 {
		t.Errorf("%d of 30 places on %d pages", anchors, len(pages))
	}
}

func TestCardsOfARowAreEquallyHigh(t *testing.T) {
	t.Parallel()
	s := layouter{metrics: even{}, width: measure}
	line := plain(Regular, "line")
	pieces := s.columns(Columns{[]Card{{"A", [][]Span{line}}, {"B", [][]Span{line, line, line}}, {"C", nil}}})
	a, b := pieces[0].ops[0].(Rect), pieces[0].ops[2].(Rect)
	if len(pieces) != 2 || a.H != b.H || a.X == b.X {
		t.Errorf("%d rows; the first two cards are %v and %v", len(pieces), a, b)
	}
}
