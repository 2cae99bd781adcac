package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/requires"
)

func contract(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile("../testdata/contract.pdf")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// file is a PDF of one page with this content and a font named F.
func file(content string) []byte {
	out := bytes.NewBufferString("%PDF-1.7\n")
	var at []int
	for i, object := range []string{
		"<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 595.28 841.89]>>",
		"<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content),
		"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
	} {
		at = append(at, out.Len())
		fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := out.Len()
	fmt.Fprintf(out, "xref\n0 6\n0000000000 65535 f \n")
	for _, offset := range at {
		fmt.Fprintf(out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(out, "trailer\n<</Size 6 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	return out.Bytes()
}

func TestTextIsFoundWhereItsOperatorsPutIt(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"BT /F 10 Tf 50 700 Td (a) Tj ET":                         "a@50,700/10",
		"BT /F 10 Tf 1 0 0 1 50 700 Tm (a) Tj 0 -20 Td (b) Tj ET": "a@50,700/10 b@50,680/10",
		"q 2 0 0 2 10 20 cm BT /F 5 Tf 10 10 Td (a) Tj ET Q":      "a@30,40/10",
		"BT /F 10 Tf 12 TL 50 700 Td (a) Tj T* (b) Tj ET":         "a@50,700/10 b@50,688/10",
		"BT /F 10 Tf <6162> Tj ET":                                "a@0,0/10 b@0,0/10",
	} {
		d, err := Open(file(content))
		if err != nil {
			t.Fatal(err)
		}
		glyphs, err := d.Glyphs(0)
		if err != nil {
			t.Errorf("%s: %v", content, err)
		}
		var got []string
		for _, g := range glyphs {
			got = append(got, fmt.Sprintf("%s@%.0f,%.0f/%.0f", g.Text, g.X, g.Y, g.Size))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s gives %q, want %q", content, strings.Join(got, " "), want)
		}
	}
}

func TestAPageHasItsPlaceInTheTreeAndItsBox(t *testing.T) {
	t.Parallel()
	d, err := Open(contract(t))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := d.Pages()
	if err != nil || len(pages) != 2 || pages[1].Box != [4]float64{0, 0, 595.28, 841.89} || !strings.Contains(pages[1].Dict, "/Type /Page") {
		t.Errorf("pages %+v, %v", pages, err)
	}
}

func TestAFileThatCannotBeReadIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	good := string(file("BT ET"))
	_, rest, _ := strings.Cut(good[strings.LastIndex(good, "startxref"):], "\n")
	start, _, _ := strings.Cut(rest, "\n")
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"nothing":           {"", ErrMalformed},
		"text":              {"hello", ErrMalformed},
		"no startxref":      {"%PDF-1.7\n", ErrMalformed},
		"startxref outside": {"%PDF-1.7\nstartxref\n999999\n%%EOF", ErrMalformed},
		"an xref stream":    {"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF", ErrUnsupported},
		"encrypted":         {strings.Replace(good, "/Root", "/Encrypt 1 0 R /Root", 1), ErrUnsupported},
		"in a circle":       {strings.Replace(good, "/Root", "/Prev "+start+" /Root", 1), ErrMalformed},
		"no root":           {strings.Replace(good, "/Root", "/Toor", 1), ErrMalformed},
		"pages in a circle": {strings.Replace(good, "[3 0 R]", "[2 0 R]", 1), ErrMalformed},
		"a wrong table":     {strings.Replace(good, "0000000009", "0000000010", 1), ErrMalformed},
	} {
		d, err := Open([]byte(c.file))
		if err == nil {
			_, err = d.Pages()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAnObjectIsPushedOntoAListOrMakesOne(t *testing.T) {
	t.Parallel()
	for dict, want := range map[string]string{
		"<</Type /Page>>":                   "<</Type /Page /Annots [7 0 R]>>",
		"<</Annots [<</A [1]>>] /X 1>>":     "<</Annots [7 0 R <</A [1]>>] /X 1>>",
		"<</Annots 5 0 R>>":                 "",
		"<</AnnotsToo 1 /Annots [ 5 0 R]>>": "<</AnnotsToo 1 /Annots [7 0 R  5 0 R]>>",
	} {
		if got, err := Push(dict, "Annots", Ref{Number: 7}); got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v, want %q", dict, got, err, want)
		}
	}
}

// TestARevisionIsReadByOthers: the old bytes stay, and an independent program finds what was added.
func TestARevisionIsReadByOthers(t *testing.T) {
	t.Parallel()
	d, err := Open(contract(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Revise()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := d.Pages()
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Embed(file("BT /F 10 Tf 5 5 Td (embedded) Tj ET")); !errors.Is(err, ErrMalformed) { // its resources stand in the page; fpdf's never do
		t.Errorf("resources in the page: %v", err)
	}
	form, err := r.Embed(contract(t))
	if err != nil {
		t.Fatal(err)
	}
	note := r.Add("<</Type /Annot /Subtype /Stamp /F 4 /Rect [0 0 200 300] /AP <</N " + form.String() + ">> /Contents " + Text("Žižkov") + ">>")
	changed, err := Push(pages[1].Dict, "Annots", note)
	if err != nil {
		t.Fatal(err)
	}
	r.Replace(pages[1].Ref, changed)
	out := r.Bytes()
	if !bytes.HasPrefix(out, contract(t)) {
		t.Error("the old bytes were changed")
	}
	if again, err := Open(out); err != nil || len(again.offsets) <= len(d.offsets) {
		t.Errorf("the revision is not read: %v", err)
	}
	program := requires.Program(t, "pdftoppm", "poppler-utils")
	path := filepath.Join(t.TempDir(), "revised.pdf")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(program, "-r", "10", path, path).CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("pdftoppm: %v: %s", err, output)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(file("BT /F 10 Tf (a) Tj ET"))
	f.Add(contract(f))
	f.Fuzz(func(_ *testing.T, file []byte) {
		d, err := Open(file)
		if err != nil {
			return
		}
		if _, err := d.Pages(); err != nil {
			return
		}
		if r, err := d.Revise(); err == nil {
			_, _ = r.Embed(file)
			_ = r.Bytes()
		}
	})
}
