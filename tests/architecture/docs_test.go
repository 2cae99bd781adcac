package architecture_test

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The diagram in docs/architecture.md is the one that the lifecycle's tables give: it cannot tell of another life.
func TestTheDocsShowTheLifecycleGolden(t *testing.T) {
	const from, to = "```mermaid\n", "```\n<!-- /lifecycle -->"
	page, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	diagram, err := os.ReadFile("shared/lifecycle/testdata/lifecycle.mmd")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(page), from)
	shown, after, ends := strings.Cut(rest, to)
	if !begins || !ends {
		t.Fatal("docs/architecture.md has no place for the diagram")
	}
	if shown == string(diagram) {
		return
	}
	if !*update {
		t.Fatal("docs/architecture.md shows another lifecycle: make golden")
	}
	if err := os.WriteFile("docs/architecture.md", []byte(before+from+string(diagram)+to+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
