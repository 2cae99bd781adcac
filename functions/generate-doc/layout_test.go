package generatedoc

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"

	"github.com/paraphe/paraphe/functions/generate-doc/typeset"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

// library is the bare PDF library with the document's fonts: it measures as the document does.
type library struct {
	*fpdf.Fpdf
	open map[typeset.Face]bool
}

var (
	cuts = [...]string{typeset.Regular: "", typeset.Bold: "B", typeset.Italic: "I"}
	ttf  = [...][]byte{liberationserifregular.TTF, liberationserifbold.TTF, liberationserifitalic.TTF}
)

func newLibrary() library {
	f := fpdf.New("P", "pt", "A4", "")
	f.SetAutoPageBreak(false, 0)
	return library{f, map[typeset.Face]bool{}}
}

// use chooses a face, which is read at its first use.
func (l library) use(face typeset.Face, size float64) {
	if !l.open[face] {
		l.AddUTF8FontFromBytes("serif", cuts[face], ttf[face])
		l.open[face] = true
	}
	l.SetFont("serif", cuts[face], size)
}

func (l library) Width(face typeset.Face, text string) float64 {
	l.use(face, 10)
	return float64(l.GetStringSymbolWidth(text)) / 1000
}

func laidOut(t testing.TB, view persistclient.View) []typeset.Page {
	t.Helper()
	document, err := compose(view)
	if err != nil {
		t.Fatal(err)
	}
	return typeset.Layout(document, newLibrary())
}

// written lists every text of the pages with its place, in whole points.
func written(pages []typeset.Page) string {
	var b strings.Builder
	for i, page := range pages {
		fmt.Fprintf(&b, "page %d\n", i+1)
		for _, placed := range page {
			for _, op := range placed.Ops {
				switch o := op.(type) {
				case typeset.Text:
					fmt.Fprintf(&b, "%4.0f %4.0f  %1s%-4g %s\n", o.X, placed.Y+o.Y, cuts[o.Face], o.Size, o.Text)
				case typeset.Anchor:
					fmt.Fprintf(&b, "%4.0f %4.0f  anchor %s\n", o.X, placed.Y+o.Y, o.Text)
				}
			}
		}
	}
	return b.String()
}

func TestTheExamplesAreLaidOutAsTheyWereApproved(t *testing.T) {
	t.Parallel()
	for _, template := range templates.List() {
		for _, language := range template.Languages {
			name := fmt.Sprintf("%s-%d.%s.golden", template.Name, template.Version, language)
			got := written(laidOut(t, sample(template.Ref(), language)))
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("%s: the layout differs; look at the pages, then run with -update", name)
			}
		}
	}
}

func TestTheLongestOfEverythingStaysOnThePageAndIsNotCut(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"W", "Œ uvre ", "é"} {
		for _, template := range templates.List() {
			view := fullest(sample(template.Ref(), template.Languages[0]), template.Schema, letter)
			inside(t, template.Ref(), laidOut(t, view))
		}
	}
}

// inside fails if a text leaves the page's margins, or if two texts overlap.
func inside(t *testing.T, name string, pages []typeset.Page) {
	t.Helper()
	m := newLibrary()
	for i, page := range pages {
		ends := map[string]float64{} // where the last text of a line and row ended
		for at, placed := range page {
			for _, op := range placed.Ops {
				o, is := op.(typeset.Text)
				if !is {
					continue
				}
				end := o.X + m.Width(o.Face, o.Text)*o.Size + float64(strings.Count(o.Text, " "))*o.Stretch
				bottom := 766.0
				if at == len(page)-1 {
					bottom = 810
				}
				if o.X < 67 || end > 528.5 || placed.Y+o.Y > bottom {
					t.Errorf("%s page %d: %.60q leaves the page: x %.0f to %.0f, y %.0f", name, i+1, o.Text, o.X, end, placed.Y+o.Y)
				}
				line := fmt.Sprintf("%d %.1f", at, o.Y)
				if o.X < ends[line]-0.1 {
					t.Errorf("%s page %d: %.60q overlaps what is left of it", name, i+1, o.Text)
				}
				ends[line] = end
			}
		}
	}
}
