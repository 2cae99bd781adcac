package generatedoc

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/templates"
)

// FuzzTemplateData looks for data that a client may send and that cannot be drawn: the contract would be stuck after it
// was sent. Whatever was typed, the document has one place for each signature, where the text has it and nowhere else.
func FuzzTemplateData(f *testing.F) {
	for _, ref := range []string{"service-agreement/1", "consumer-contract/1"} {
		t, found := templates.Find(ref)
		if !found {
			f.Fatalf("there is no template %s", ref)
		}
		for _, typed := range []string{"x", `{{signatures}}`, `{{s9|signature|180|60}}`, `<</A 1>> endstream`, "a\u00a0b", `\u0000`, `\ud800`, `](x) **`, "# "} {
			f.Add(ref, strings.Replace(string(t.Example()), `": "`, `": "`+typed+" ", 1))
			f.Add(ref, strings.ReplaceAll(string(t.Example()), ` `, ` `+typed))
		}
		f.Add(ref, string(t.Example()))
		f.Add(ref, strings.ReplaceAll(string(t.Example()), "1", "99999"))
	}
	f.Fuzz(func(t *testing.T, ref, data string) {
		template, found := templates.Find(ref)
		if !found || len(template.Check([]byte(data))) > 0 {
			return
		}
		view := sample(template.Ref(), "fr")
		view.Data = []byte(data)
		drawn, err := Draw(view)
		if err != nil {
			t.Fatalf("%s was taken and cannot be drawn: %v", data, err)
		}
		if n := strings.Count(streams(t, drawn.File), "|signature|"); n != len(view.People) {
			t.Errorf("%d places for %d signatures: %s", n, len(view.Signers), data)
		}
	})
}
