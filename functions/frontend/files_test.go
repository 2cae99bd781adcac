package frontend

import (
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// embedded is every embedded file's content by its path under pages/.
func embedded(t *testing.T) map[string]string {
	t.Helper()
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for name, f := range all {
		content[name] = string(f.read().content)
	}
	return content
}

var (
	linked   = regexp.MustCompile(`(?:href|src)="(/[^"]+\.[a-z]+)"`)
	imported = regexp.MustCompile(`from "(\.[^"]+)"`)
	preload  = regexp.MustCompile(`rel="modulepreload" href="/([^"]+)"`)
	entry    = regexp.MustCompile(`<script type="module" src="/([^"]+)"></script>`)
)

func TestNothingIsInlineAndNothingComesFromElsewhere(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)<script(?:>|[^>]*[^/]>[^<])|<style|\sstyle="|\son[a-z]+="|javascript:`)
	foreign := regexp.MustCompile(`(?i)(?:href|src|from|import|url)\s*[=(]?\s*["']?(?:https?:)?//`)
	raw := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`)
	for name, content := range embedded(t) {
		if strings.HasSuffix(name, ".html") && forbidden.MatchString(content) {
			t.Errorf("%s has something inline: %q", name, forbidden.FindString(content))
		}
		if foreign.MatchString(content) {
			t.Errorf("%s refers to somewhere else: %q", name, foreign.FindString(content))
		}
		if strings.HasSuffix(name, ".js") && raw.MatchString(content) {
			t.Errorf("%s reads strings as HTML or code: %q", name, raw.FindString(content))
		}
	}
}

func TestEveryFileThatIsReferredToExistsAndEveryFileIsReferredTo(t *testing.T) {
	t.Parallel()
	all := embedded(t)
	used := map[string]bool{"missing.html": true, "robots.txt": true, "index.html": true, "sign.html": true}
	for name, content := range all {
		for _, m := range linked.FindAllStringSubmatch(content, -1) {
			used[m[1][1:]] = true
		}
		for _, m := range imported.FindAllStringSubmatch(content, -1) {
			used[path.Join(path.Dir(name), m[1])] = true
		}
	}
	for name := range used {
		if _, exists := all[name]; !exists {
			t.Errorf("%s is referred to and does not exist", name)
		}
	}
	for name := range all {
		if !used[name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
}

func TestAPagePreloadsExactlyTheModulesThatItNeeds(t *testing.T) {
	t.Parallel()
	all := embedded(t)
	for _, page := range []string{"index.html", "sign.html"} {
		needed := map[string]bool{}
		var follow func(name string)
		follow = func(name string) {
			if needed[name] {
				return
			}
			needed[name] = true
			for _, m := range imported.FindAllStringSubmatch(all[name], -1) {
				follow(path.Join(path.Dir(name), m[1]))
			}
		}
		first := entry.FindStringSubmatch(all[page])[1]
		follow(first)
		delete(needed, first)
		var listed []string
		for _, m := range preload.FindAllStringSubmatch(all[page], -1) {
			listed = append(listed, m[1])
		}
		if want := slices.Sorted(maps.Keys(needed)); !slices.Equal(listed, want) {
			t.Errorf("%s preloads\n%s\nwant\n%s", page, strings.Join(listed, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestEveryModuleAndSheetIsShort(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(files, "pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if lines := strings.Count(string(content), "\n"); lines > 300 {
			return fmt.Errorf("%s has %d lines", name, lines)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTextHasEnoughContrastInBothSchemes(t *testing.T) {
	t.Parallel()
	pairs := []struct {
		text, ground string
		least        float64 // WCAG 2.2: 4.5 for text (1.4.3), 3 for the edges of controls (1.4.11)
	}{
		{"ink", "paper", 4.5}, {"ink", "card", 4.5}, {"soft", "paper", 4.5}, {"soft", "card", 4.5}, {"soft", "calm-wash", 4.5}, {"ink", "calm-wash", 4.5},
		{"accent", "card", 4.5}, {"accent", "paper", 4.5}, {"accent", "wash", 4.5}, {"on-accent", "accent", 4.5}, {"on-accent", "accent-deep", 4.5},
		{"good", "good-wash", 4.5}, {"bad", "bad-wash", 4.5}, {"bad", "card", 4.5}, {"bad", "paper", 4.5}, {"warn", "warn-wash", 4.5}, {"card", "bad", 4.5},
		{"edge", "card", 3}, {"edge", "paper", 3},
	}
	schemes := strings.SplitN(embedded(t)["css/base.css"], "prefers-color-scheme: dark", 2)
	for name, sheet := range map[string]string{"light": schemes[0], "dark": schemes[1]} {
		for _, p := range pairs {
			if got := contrast(luminance(t, sheet, p.text), luminance(t, sheet, p.ground)); got < p.least {
				t.Errorf("in the %s scheme %s on %s has a contrast of %.2f, want %.1f", name, p.text, p.ground, got, p.least)
			}
		}
	}
}

// luminance is the relative luminance of a colour of the sheet (WCAG 2.2, glossary).
func luminance(t *testing.T, sheet, colour string) float64 {
	t.Helper()
	m := regexp.MustCompile(`--` + colour + `: #([0-9a-f]{6});`).FindStringSubmatch(sheet)
	if m == nil {
		t.Fatalf("there is no colour %s", colour)
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(m[1][2*i:2*i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
