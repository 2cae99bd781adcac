package generatedoc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

func TestEverySignersAnchorStandsInThePageAsPlainText(t *testing.T) {
	t.Parallel()
	view := sample("service-agreement/1", "fr")
	for range 8 {
		view.People = append(view.People, persistclient.Person{FirstName: "Ana", LastName: "Martin"})
	}
	drawn := mustDraw(t, view)
	content := streams(t, drawn.File)
	for n := 1; n <= 10; n++ {
		if want := fmt.Sprintf("({{s%d|signature|180|60}}) Tj", n); strings.Count(content, want) != 1 {
			t.Errorf("%q stands there %d times", want, strings.Count(content, want))
		}
	}
	if drawn.Anchors != 10 || strings.Count(content, "|signature|") != 10 {
		t.Errorf("%d anchors said, %d found", drawn.Anchors, strings.Count(content, "|signature|"))
	}
	if !strings.Contains(content, "q 1.000 g BT") {
		t.Error("the anchors are not white")
	}
}

// digests is the digest of every template's example in every language.
func digests(t *testing.T) string {
	var all []string
	for _, template := range templates.List() {
		for _, language := range template.Languages {
			sum := sha256.Sum256(mustDraw(t, sample(template.Ref(), language)).File)
			all = append(all, hex.EncodeToString(sum[:]))
		}
	}
	return strings.Join(all, " ")
}

const printDigests = "PARAPHE_TEST_PRINT_DIGESTS"

func TestAnotherProcessMakesTheSameBytes(t *testing.T) {
	here := digests(t)
	if os.Getenv(printDigests) != "" {
		fmt.Println("digests:", here)
		return
	}
	if again := digests(t); again != here {
		t.Fatalf("the same process makes other bytes: %s, then %s", here, again)
	}
	other := exec.Command(os.Args[0], "-test.run=^TestAnotherProcessMakesTheSameBytes$")
	other.Env = append(os.Environ(), printDigests+"=1", "TZ=Asia/Tokyo")
	out, err := other.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "digests: " + here; !bytes.Contains(out, []byte(want)) {
		t.Errorf("another process says %s, this one %s", out, want)
	}
}

func TestWhatSomebodyTypedIsNeverReadAsMarkupOrAsPDF(t *testing.T) {
	t.Parallel()
	const typed = `\) Tj ET (x\\ **b** {{signatures}} {{s9|signature|180|60}} <</A 1>> %PDF endstream`
	view := with(sample("service-agreement/1", "fr"), func(data map[string]any) {
		data["subject"] = typed + "\nendobj\r\nsecond\tline"
		data["provider"].(map[string]any)["name"] = "A (B) \\ C\nD"
		data["services"].([]any)[0].(map[string]any)["description"] = "(((\n)"
	})
	view.People[0].LastName = "O'Neil (père)"
	drawn := mustDraw(t, view)
	if n := strings.Count(streams(t, drawn.File), "|signature|"); n != 2 {
		t.Errorf("%d anchors for two signers", n)
	}
	text := readable(t, drawn.File)
	for _, want := range []string{typed, "second line", `A (B) \ C D`, "((( )", "Antoine O'Neil (père)", "page 1 sur"} {
		if !strings.Contains(text, want) {
			t.Errorf("the document does not say %q", want)
		}
	}
}

func TestDocumentsShowWhatWasFilledIn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ref, language string
		want          []string
	}{
		"French, between businesses": {"service-agreement/1", "fr", []string{
			"Maison Lefèvre & Fils", "Claire Dubœuf, présidente", "le 4 mai 2026 pour une durée de 12 mois", "12 580,00 €", "TVA 5,5 % sur 298,80 €",
			"Total TTC 25 031,09 €", "30 jours de leur date", "(« RGPD »)", "Fait à Lyon, le 14 avril 2026.", "Pour le Client", "page 2 sur 5", "Contrat K3X7P2QA",
		}},
		"English, between businesses": {"service-agreement/1", "en", []string{
			"takes effect on 4 May 2026 for a term of 12 months", "€12,580.00", "VAT 5.5% on €298.80", "Total including VAT €25,031.09", "For the Provider", "page 5 of 5",
		}},
		"French, with a consumer": {"consumer-contract/1", "fr", []string{
			"Zoé Ağaoğlu-Křížová", "quatorze jours", "Total TTC 5 571,50 €", "dont TVA 20 % 774,58 €", "réserve de l’article 6", "Modèle de formulaire de rétractation",
			"Contrat n° k3x7p2qaz4m6n5b2c7d3e4f5g6", "Médiation Consommation Ouest", "Le Client demande expressément",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := readable(t, mustDraw(t, sample(tt.ref, tt.language)).File)
			for _, want := range tt.want {
				if !strings.Contains(text, strings.Join(strings.Fields(want), " ")) {
					t.Errorf("the document does not say %q", want)
				}
			}
		})
	}
}
