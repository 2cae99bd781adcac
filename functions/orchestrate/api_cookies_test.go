package orchestrate

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/function"
)

func TestCookiesAreNamedAfterTheirInstallation(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, public := range []string{"https://a.example", "https://b.example", "https://a.example:8443", "https://a.example/paraphe", "http://localhost:8080", "http://localhost:8180"} {
		c := cookiesOf(public)
		for _, name := range []string{c.refresh, c.device} {
			if other, twice := seen[name]; twice {
				t.Errorf("%s and %s have a cookie %s", public, other, name)
			}
			seen[name] = public
			if locked := strings.HasPrefix(name, "__Host-"); locked != strings.HasPrefix(public, "https://") || locked != c.secure {
				t.Errorf("%s has a cookie %s, secure %t", public, name, c.secure)
			}
		}
	}
}

// TestTwoInstallationsOnOneHostShareNoSession: a browser keeps cookies by host, whatever the port.
func TestTwoInstallationsOnOneHostShareNoSession(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	ask := func(o *office, path, body string) int {
		t.Helper()
		answer, err := browser.Post(o.address+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	at := func(public string) *office {
		return openOffice(t, func(s *Settings) { s.PublicURL = function.URL(public) })
	}
	first, second := at("http://localhost:8080"), at("http://localhost:8180")
	for range 2 {
		for _, o := range []*office{first, second} {
			if got := ask(o, "/v1/session", rightLogIn); got != http.StatusOK {
				t.Fatalf("log in: %d", got)
			}
		}
	}
	for range 2 {
		for _, o := range []*office{first, second} {
			if got := ask(o, "/v1/session/refresh", ""); got != http.StatusOK {
				t.Errorf("go on: %d", got)
			}
		}
	}
}
