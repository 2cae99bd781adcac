package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestWhatASheetSaysCanBeReadBack(t *testing.T) {
	t.Parallel()
	sheet := NewSheet("Dossier de preuve")
	sheet.Heading("Signataire")
	sheet.Row("Nom", "Hélène Ağaoğlu-Žák — 5 €")
	file := sheet.Bytes()
	text := textOf(t, file)
	for _, want := range []string{"Dossier de preuve", "Signataire", "Hélène Ağaoğlu-Žák — 5 €", "1 / 1"} {
		if !slices.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	if !bytes.Equal(file, sheet.Bytes()) {
		t.Error("the same sheet gives other bytes")
	}
}

func TestALongSheetTurnsThePageAndBreaksLongWords(t *testing.T) {
	t.Parallel()
	sheet := NewSheet("Long")
	for range 80 {
		sheet.Row("digest", strings.Repeat("f0", 60))
	}
	d, err := Open(sheet.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	pages, err := d.Pages()
	if err != nil || len(pages) < 2 {
		t.Errorf("%d pages: %v", len(pages), err)
	}
}

func TestTextOfAnEmbeddedFontIsRead(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../testdata/contract.pdf")
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, file)
	if text[0] != "Contrat de prestation — Žižkov & œuvre" || !strings.HasPrefix(text[1], "Le prestataire s’engage") {
		t.Errorf("the text is %q", text[:2])
	}
}

func TestTextIsFoundWhereItsOperatorsPutIt(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"BT /F 10 Tf 50 700 Td (a) Tj ET":                         "a@50,700/10",
		"BT /F 10 Tf 1 0 0 1 50 700 Tm (a) Tj 0 -20 Td (b) Tj ET": "a@50,700/10 b@50,680/10",
		"q 2 0 0 2 10 20 cm BT /F 5 Tf 10 10 Td (a) Tj ET Q":      "a@30,40/10",
		"BT /F 10 Tf 12 TL 50 700 Td (a) Tj T* (b) Tj (c) ' ET":   "a@50,700/10 b@50,688/10 c@50,676/10",
		"BT /F 10 Tf 5 5 TD [(a) -100 (b)] TJ ET":                 "ab@5,5/10",
		"BT /F 10 Tf <6162> Tj ET":                                "ab@0,0/10",
		`BT /F 10 Tf (a\(b\)\n\101\
) Tj ET`: "a(b)\nA@0,0/10",
		"BT /F 10 Tf 1 2 (a) \" ET":              "a@0,0/10",
		"BI /W 1 ID (( EI BT /F 10 Tf (a) Tj ET": "a@0,0/10",
		"q q Q Q Q BT (a) Tj ET":                 "a@0,0/0",
		"BT /F 10 Tf 3 Ts (a) Tj ET":             "a@0,3/10",
	} {
		d := &Document{offsets: map[int]entry{}, trailer: Dict{}, budget: decodedLimit}
		page := Page{Dict: Dict{"Contents": &Stream{Raw: []byte(content)}}, Box: a4}
		runs, err := d.Text(page)
		if err != nil {
			t.Errorf("%s: %v", content, err)
			continue
		}
		var got []string
		for _, r := range runs {
			got = append(got, fmt.Sprintf("%s@%.0f,%.0f/%.0f", r.Text, r.X, r.Y, r.Size))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s gives %q, want %q", content, strings.Join(got, " "), want)
		}
	}
}

func TestWhatIsNoReadablePDFIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	good := string(NewSheet("A").Bytes())
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"nothing":            {"", ErrMalformed},
		"text":               {"hello", ErrMalformed},
		"no startxref":       {"%PDF-1.7\n", ErrMalformed},
		"startxref outside":  {"%PDF-1.7\nstartxref\n999999\n%%EOF", ErrMalformed},
		"an xref stream":     {"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF", ErrUnsupported},
		"encrypted":          {strings.Replace(good, "/Root", "/Encrypt 1 0 R /Root", 1), ErrUnsupported},
		"in a circle":        {strings.Replace(good, "/Root", "/Prev "+startOf(good)+" /Root", 1), ErrMalformed},
		"no root":            {strings.Replace(good, "/Root", "/Toor", 1), ErrMalformed},
		"pages in a circle":  {strings.Replace(good, "/Type /Page >>", "/Kids[1 0 R]>>", 1), ErrMalformed},
		"nested without end": {"%PDF-1.7\nxref\ntrailer\n" + strings.Repeat("[", 1000) + "\nstartxref\n9\n", ErrMalformed},
	} {
		d, err := Open([]byte(c.file))
		if err == nil && d != nil {
			_, err = d.Pages()
		}
		if name == "pages in a circle" && !strings.Contains(c.file, "/Kids[1 0 R]>>") {
			t.Fatal("the example is no circle any more")
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func startOf(file string) string {
	_, rest, _ := strings.Cut(file[strings.LastIndex(file, "startxref"):], "\n")
	number, _, _ := strings.Cut(rest, "\n")
	return number
}

func TestADocumentMayNotHoldMoreThanItsBudget(t *testing.T) {
	t.Parallel()
	d := &Document{budget: 1000}
	if _, err := d.Decode(deflated(make([]byte, 1001))); !errors.Is(err, ErrMalformed) {
		t.Errorf("a bomb is decoded: %v", err)
	}
}

func TestObjectsAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"null", "true", "-12", "0.5", "/A#20b", "<61FF>", "[1 2 0 R /X]", "<</A 1 /B [<</C false >>] >>", "3 0 R",
	} {
		s := scanner{b: []byte("[" + text + "]")}
		o, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(Append(nil, o)); got != "["+text+"]" {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(NewSheet("A").Bytes())
	if file, err := os.ReadFile("../testdata/contract.pdf"); err == nil {
		f.Add(file)
	}
	f.Add([]byte("%PDF-1.7\n1 0 obj\n<</Length 1 0 R>>stream\nx\nendstream\nxref\n0 2\n0000000000 65535 f \n" +
		"0000000009 00000 n \ntrailer\n<</Root 1 0 R/Size 2>>\nstartxref\n60\n%%EOF"))
	f.Fuzz(func(_ *testing.T, file []byte) {
		d, err := Open(file)
		if err != nil {
			return
		}
		pages, err := d.Pages()
		if err != nil {
			return
		}
		for _, page := range pages[:min(len(pages), 3)] {
			_, _ = d.Text(page)
		}
		if revision, err := d.Revise(); err == nil {
			revision.Add(Dict{})
			_ = revision.Bytes()
		}
	})
}

func FuzzContent(f *testing.F) {
	f.Add([]byte("BT /F 10 Tf 50 700 Td [(a) -1 <62>] TJ ET BI ID x EI"))
	f.Fuzz(func(_ *testing.T, content []byte) {
		d := &Document{offsets: map[int]entry{}, trailer: Dict{}, budget: decodedLimit}
		_, _ = d.Text(Page{Dict: Dict{"Contents": &Stream{Raw: content}}})
		face := &typeface{unicode: map[uint32]string{}}
		_ = face.readMap(scanner{b: content})
	})
}

func textOf(t *testing.T, file []byte) (text []string) {
	t.Helper()
	d, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := d.Pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		runs, err := d.Text(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			text = append(text, r.Text)
		}
	}
	return text
}
