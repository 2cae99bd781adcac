package architecture_test

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/events"
)

// causeForm is how the code of a cause looks: what it is about, and what is wrong.
var causeForm = regexp.MustCompile(`^(mail|signature|document|contract|event)\.[a-z_]+$`)

// causesIn are the codes of causes that the programs have: whatever looks like one and is no event.
func causesIn(t *testing.T) map[string]string {
	t.Helper()
	types := map[string]bool{}
	for _, p := range events.Catalogue {
		types[p.Type()] = true
	}
	found := map[string]string{"overdue": "shared/lifecycle"}
	for _, s := range sources(t, 0) {
		if s.test || s.pkg != "shared/lifecycle" && !within(s.pkg, "functions/send-mail") && !strings.HasPrefix(s.pkg, "functions/orchestrate") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if text, is := n.(*ast.BasicLit); is && text.Kind == token.STRING {
				code, err := strconv.Unquote(text.Value)
				theirs := strings.HasPrefix(s.pkg, "functions/orchestrate/signing/") && !strings.HasPrefix(code, "signature.") // the service's own words
				if err == nil && causeForm.MatchString(code) && !types[code] && !theirs {
					found[code] = s.file
				}
			}
			return true
		})
	}
	if len(found) < 30 {
		t.Fatalf("only %d causes were found", len(found))
	}
	return found
}

// Whatever may be shown to need attention has words: in the API, and on the pages in both languages.
func TestEveryCauseHasATextInTheAPIAndThePages(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	api := read("functions/orchestrate/api/causes.go")
	pages := map[string]string{}
	for _, language := range []string{"en", "fr"} {
		pages[language] = read("functions/frontend/pages/js/words/" + language + "-attention.js")
	}
	named := map[string]string{ // in the API by a constant
		"document.refused": "CauseDocumentRefused", "signature.gone": "CauseGone", "signature.not_found": "CauseNotFound", "signature.given_up": "CauseGivenUp",
		"signature.second_request": "CauseSecondRequest", "signature.signed_late": "CauseSignedLate", "signature.contradiction": "CauseNotSignedAgain",
		"mail.refused": "CauseMailRefused", "mail.unclear": "CauseMailUnclear", "event.undeliverable": "CauseUndeliverable", "overdue": "CauseOverdue",
		"signature.rejected": "CauseRejected", "contract.deadline_passed": "CauseDeadlinePassed", "signature.no_pdf": "CauseNotADocument",
	}
	for code, file := range causesIn(t) {
		if name := named[code]; !strings.Contains(api, strconv.Quote(code)) && (name == "" || !strings.Contains(api, name)) {
			t.Errorf("%s (%s) has no words in the API", code, file)
		}
		for language, words := range pages {
			if !strings.Contains(words, `"cause.`+code+`": `) {
				t.Errorf("%s (%s) has no words on the pages in %s", code, file, language)
			}
		}
	}
}
