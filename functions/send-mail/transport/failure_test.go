package transport

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// The page that operators read names every cause that there is, and none that there is not.
func TestEveryCauseIsInTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("failure.go")
	if err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`"(mail\.[a-z_]+)"`).FindAllStringSubmatch(string(source), -1)
	named := regexp.MustCompile("`(mail\\.[a-z_]+)`").FindAllStringSubmatch(string(page), -1)
	has := func(all [][]string, cause string) bool {
		return slices.ContainsFunc(all, func(found []string) bool { return found[1] == cause })
	}
	for _, k := range known {
		if !has(named, k[1]) {
			t.Errorf("docs/reliability.md does not name %s", k[1])
		}
	}
	for _, k := range named {
		if !has(known, k[1]) {
			t.Errorf("docs/reliability.md names %s, which there is not", k[1])
		}
	}
}
