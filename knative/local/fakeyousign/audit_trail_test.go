package fakeyousign

import (
	"bytes"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/audittrail"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
)

// sheet draws rows until the end, and returns the file and the text of each page.
func sheet(t *testing.T, rows int, value string) (file []byte, pages []string) {
	t.Helper()
	s := audittrail.NewSheet("Dossier de preuve")
	s.Heading("Signataire")
	for range rows {
		s.Row("Nom", value)
	}
	file, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	d, err := pdf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Pages()
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		glyphs, err := d.Glyphs(i)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, g := range glyphs {
			text += g.Text
		}
		pages = append(pages, text)
	}
	return file, pages
}

func TestASheetCanBeReadBackAndIsReproducible(t *testing.T) {
	t.Parallel()
	file, pages := sheet(t, 1, "Helene Martin")
	for _, want := range []string{"Dossier de preuve", "Signataire", "Nom", "Helene Martin"} {
		if !strings.Contains(pages[0], want) {
			t.Errorf("%q is not in %q", want, pages[0])
		}
	}
	if again, _ := sheet(t, 1, "Helene Martin"); !bytes.Equal(file, again) {
		t.Error("the same sheet gives other bytes")
	}
}

func TestALongSheetTurnsThePageAndBreaksLongWords(t *testing.T) {
	t.Parallel()
	const digest = 120 // notifications, more than a line holds
	_, pages := sheet(t, 80, strings.Repeat("f0", digest/2))
	if len(pages) < 2 {
		t.Fatalf("%d pages", len(pages))
	}
	if n := strings.Count(strings.Join(pages, ""), "f0"); n < 80*digest/2-80 {
		t.Errorf("%d of %d pairs of notifications are there", n, 80*digest/2)
	}
}
