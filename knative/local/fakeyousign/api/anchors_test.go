package api

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/audittrail"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
)

func contract(t *testing.T) []byte {
	t.Helper()
	file, err := os.ReadFile("../testdata/contract.pdf")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnchorsOfARealContractAreFoundWithTheirPlaces(t *testing.T) {
	t.Parallel()
	form := upload{file: contract(t), nature: model.NatureSignable, parse: "true"}
	d, err := form.document()
	if err != nil {
		t.Fatal(err)
	}
	want := []model.Anchor{
		{Signer: 1, Page: 2, X: 60, Y: 611, Width: 170, Height: 74},
		{Signer: 2, Page: 2, X: 320, Y: 611, Width: 170, Height: 74},
	}
	if len(d.Anchors) != len(want) {
		t.Fatalf("found are %v", d.Anchors)
	}
	for i, a := range d.Anchors {
		near := math.Abs(a.X-want[i].X) < 0.1 && math.Abs(a.Y-want[i].Y) < 0.1
		if a.X, a.Y = want[i].X, want[i].Y; !near || a != want[i] {
			t.Errorf("anchor %d is %+v, want %+v", i, d.Anchors[i], want[i])
		}
	}
}

func TestOnlyWellFormedAnchorsCount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"{{s1|signature|85|37}}":                       1,
		"sign here: {{s12|signature|200|90}} please":   1,
		"{{s1|signature|85|37}}{{s2|signature|85|37}}": 2,
		"{{s0|signature|85|37}}":                       0,
		"{{s1|signature|84|37}}":                       0,
		"{{s1|signature|85|36}}":                       0,
		"{{s1|signature|85|1001}}":                     0,
		"{{s1|text|85|37}}":                            0,
		"{{s1|signature}}":                             0,
		"{s1|signature|85|37}":                         0,
		"{{ s1|signature|85|37}}":                      0,
	} {
		form := upload{file: written(t, text), nature: model.NatureSignable, parse: "true"}
		d, err := form.document()
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Anchors) != want {
			t.Errorf("%s gives %d anchors, want %d", text, len(d.Anchors), want)
		}
	}
}

// written is a document with this text.
func written(t *testing.T, text string) []byte {
	t.Helper()
	s := audittrail.NewSheet("A title")
	s.Paragraph(text)
	file, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnAnchorInPiecesIsStillOne(t *testing.T) {
	t.Parallel()
	line := []pdf.Glyph{{Text: "{{s1|sig", X: 100, Y: 500, Size: 4}, {Text: "nature|85|37}}", X: 120, Y: 500, Size: 4}}
	got := anchorsOf(line[:sameLine(line)], 1, [4]float64{0, 0, 595, 842})
	if len(got) != 1 || got[0].X != 100 || got[0].Y != 842-504 {
		t.Errorf("found are %+v", got)
	}
	line[1].Y = 480 // on two lines it is none
	if n := sameLine(line); n != 1 {
		t.Errorf("%d pieces of two lines are one line", n)
	}
}

func TestAnchorsOfLongDocumentsAreIgnored(t *testing.T) {
	t.Parallel()
	form := upload{file: written(t, "{{s1|signature|85|37}}"+strings.Repeat("\nline", 51*(anchorPages+1))), nature: model.NatureSignable, parse: "true"}
	d, err := form.document()
	if err != nil || d.Pages <= anchorPages || len(d.Anchors) != 0 {
		t.Errorf("%d pages have %d anchors: %v", d.Pages, len(d.Anchors), err)
	}
}
