package generatedoc

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/requires"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// sample is a contract with the example data of its template.
func sample(ref, language string) persistclient.View {
	template, _ := templates.Find(ref)
	return persistclient.View{
		Contract: contract.Contract{
			ID: "k3x7p2qaz4m6n5b2c7d3e4f5g6", Status: contract.Preparing, Template: ref, Language: language,
		},
		Title:     "Refonte du site (phase 1)",
		Data:      template.Example(),
		CreatedAt: time.Date(2026, 4, 14, 9, 30, 0, 0, time.UTC),
		People: []persistclient.Person{
			{ID: "one", FirstName: "Antoine", LastName: "Lefèvre"},
			{ID: "two", FirstName: "Claire", LastName: "Dubœuf"},
		},
	}
}

// with changes the data of a contract.
func with(view persistclient.View, change func(data map[string]any)) persistclient.View {
	var data map[string]any
	if err := json.Unmarshal(view.Data, &data); err != nil {
		panic(err)
	}
	change(data)
	view.Data, _ = json.Marshal(data)
	return view
}

func mustDraw(t testing.TB, view persistclient.View) Drawn {
	t.Helper()
	drawn, err := Draw(view)
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

// streams returns what the streams of a PDF hold, unpacked, one after the other.
func streams(t *testing.T, file []byte) string {
	t.Helper()
	var all strings.Builder
	for {
		_, rest, found := bytes.Cut(file, []byte("stream\n"))
		if !found {
			return all.String()
		}
		packed, after, _ := bytes.Cut(rest, []byte("\nendstream"))
		if r, err := zlib.NewReader(bytes.NewReader(packed)); err == nil {
			_, _ = io.Copy(&all, r)
		}
		file = after
	}
}

// readable is the text of a PDF as pdftotext reads it, spaces and line ends made uniform.
func readable(t *testing.T, file []byte) string {
	t.Helper()
	program := requires.Program(t, "pdftotext", "poppler-utils")
	path := t.TempDir() + "/contract.pdf"
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}
