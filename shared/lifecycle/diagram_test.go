package lifecycle

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestStateDiagramShowsTheTables keeps testdata/lifecycle.mmd, which docs/architecture.md shows, equal to the tables: every
// move, every rule, every wish, and what is ignored where, so that a missing rule is as visible as a written one.
func TestStateDiagramShowsTheTables(t *testing.T) {
	t.Parallel()
	const golden = "testdata/lifecycle.mmd"
	got := diagram()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the tables and %s differ; run go test -update and look at the difference\n%s", golden, got)
	}
}

func diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> draft: POST /v1/contracts\n")
	for _, m := range moves {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", m.From, m.To, m.Cause)
	}
	for _, s := range contract.Statuses {
		if s.Final() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	for _, s := range contract.Statuses {
		fmt.Fprintf(&b, "    note right of %s\n", s)
		for _, line := range notesOn(s) {
			fmt.Fprintf(&b, "        %s\n", line)
		}
		b.WriteString("    end note\n")
	}
	return b.String()
}

func notesOn(s contract.Status) []string {
	var lines, in []string
	for _, r := range rules {
		if slices.Contains(r.In, s) {
			lines = append(lines, fmt.Sprintf("on %s, if %s → %s", strings.Join(r.On, " or "), r.When.words, r.Then.words))
			in = append(in, r.On...)
		}
	}
	var may []string
	for _, p := range permissions {
		if slices.Contains(p.From, s) {
			who := "owner"
			if p.Admin {
				who += " or administrator"
			}
			may = append(may, fmt.Sprintf("%s (%s)", p.Action, who))
		}
	}
	ignored := slices.DeleteFunc(slices.Clone(allCauses), func(n string) bool { return slices.Contains(in, n) })
	return append(lines, "people may "+orNothing(may), "ignored are "+orNothing(ignored))
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
