package frontend

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/function"
)

func TestEveryScreenHasItsPage(t *testing.T) {
	t.Parallel()
	pages := front(t, "http://127.0.0.1:1")
	tests := []struct {
		path      string
		status    int
		mediaType string
	}{
		{"/", 200, "text/html; charset=utf-8"},
		{"/contracts", 200, "text/html; charset=utf-8"},
		{"/contracts/new", 200, "text/html; charset=utf-8"},
		{"/contracts/abc", 200, "text/html; charset=utf-8"},
		{"/sign", 200, "text/html; charset=utf-8"},
		{"/address", 200, "text/html; charset=utf-8"},
		{"/users", 200, "text/html; charset=utf-8"},
		{"/stuck", 200, "text/html; charset=utf-8"},
		{"/attention", 200, "text/html; charset=utf-8"},
		{"/js/main.js", 200, "text/javascript; charset=utf-8"},
		{"/css/base.css", 200, "text/css; charset=utf-8"},
		{"/favicon.ico", 200, "image/svg+xml"},
		{"/contracts/abc/more", 404, "text/html; charset=utf-8"},
		{"/js/", 404, "text/html; charset=utf-8"},
		{"/missing.html", 404, "text/html; charset=utf-8"},
		{"/js/..%2f..%2ffunction.go", 404, "text/html; charset=utf-8"},
	}
	for _, test := range tests {
		answer := send(t, request(t, "GET", pages+test.path, ""))
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != test.status || answer.Header.Get("Content-Type") != test.mediaType || len(body) == 0 {
			t.Errorf("%s is answered with %s, %s, %d bytes", test.path, answer.Status, answer.Header.Get("Content-Type"), len(body))
		}
	}
}

func TestWhatIsNotThereLeadsBackInBothLanguages(t *testing.T) {
	t.Parallel()
	answer := send(t, request(t, "GET", front(t, "http://127.0.0.1:1")+"/nowhere", ""))
	body, _ := io.ReadAll(answer.Body)
	for _, part := range []string{"does not exist", "n’existe pas", `href="/"`} {
		if !strings.Contains(string(body), part) {
			t.Errorf("the page for what is not there lacks %q", part)
		}
	}
}

func TestAFileIsSentOnceAndThenOnlyAskedFor(t *testing.T) {
	t.Parallel()
	pages := front(t, "http://127.0.0.1:1")
	first := send(t, request(t, "GET", pages+"/js/main.js", ""))
	etag := first.Header.Get("ETag")
	if etag == "" || strings.HasPrefix(etag, "W/") || first.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("the ETag is %q, Cache-Control %q", etag, first.Header.Get("Cache-Control"))
	}
	r := request(t, "GET", pages+"/js/main.js", "")
	r.Header.Set("If-None-Match", etag)
	if again := send(t, r); again.StatusCode != http.StatusNotModified || again.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("asked again it is answered with %s", again.Status)
	}
	if other := send(t, request(t, "GET", pages+"/js/sign.js", "")); other.Header.Get("ETag") == etag {
		t.Error("two files have one ETag")
	}
}

func TestNothingCanBeWrittenToAPage(t *testing.T) {
	t.Parallel()
	pages := front(t, "http://127.0.0.1:1")
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		if answer := send(t, request(t, method, pages+"/", `{"specversion":"1.0"}`)); answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s is answered with %s", method, answer.Status)
		}
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	pages, _ := asked(t, ok)
	for _, path := range []string{"/", "/sign", "/js/main.js", "/nowhere", "/api/v1/me", "/api/v2", "/.well-known/jwks.json"} {
		answer := send(t, request(t, "GET", pages+path, ""))
		for name, value := range securityHeaders(policy("")) {
			if got := answer.Header.Values(name); len(got) != 1 || got[0] != value {
				t.Errorf("%s has %s %q", path, name, got)
			}
		}
	}
}

func TestTheContentPolicyAllowsNothingInlineAndNobodyElse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		signaturePages function.URL
		frames         string
	}{
		{"", "frame-src 'self' blob:"},
		{"https://app.signer.example/some/path", "frame-src 'self' blob: https://app.signer.example"},
	}
	for _, test := range tests {
		got := policy(test.signaturePages)
		for _, directive := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", test.frames} {
			if !strings.Contains(got+";", directive+";") {
				t.Errorf("with %q the policy lacks %s: %s", test.signaturePages, directive, got)
			}
		}
		if strings.Contains(got, "unsafe") || strings.Contains(got, "*") {
			t.Errorf("the policy is open: %s", got)
		}
	}
}

func TestASettingThatIsMissingOrMalformedIsNamed(t *testing.T) {
	for value, want := range map[string]string{
		"":              "frontend: the setting ORCHESTRATE_URL is missing",
		"orchestrate:1": "frontend: the setting ORCHESTRATE_URL is malformed: it must be an address, for example https://example.org",
	} {
		t.Setenv("ORCHESTRATE_URL", value)
		if _, err := New(function.Boot{Name: "frontend", Log: discard}); err == nil || err.Error() != want {
			t.Errorf("with %q: %v", value, err)
		}
	}
	t.Setenv("ORCHESTRATE_URL", "http://orchestrate")
	if f, err := New(function.Boot{Name: "frontend", Log: discard}); err != nil || f.Handle != nil || f.Routes == nil {
		t.Errorf("with a right address: %+v, %v", f, err)
	}
}

// The page's foot says which release it is of; nothing that a page is filled with stays in its place.
func TestPagesShowTheirVersion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pages/index.html", "pages/sign.html", "pages/missing.html"} {
		text := string(read(name).content)
		if strings.Contains(text, "{{") {
			t.Errorf("%s still has a place to fill", name)
		}
		if name != "pages/missing.html" && !strings.Contains(text, `<span translate="no">`+shownVersion()+`</span>`) {
			t.Errorf("%s does not show the version", name)
		}
	}
}
