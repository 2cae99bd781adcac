package sessions_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/function"
)

// TestTwoInstallationsOnOneHostShareNoSession: a browser keeps cookies by host, whatever the port.
func TestTwoInstallationsOnOneHostShareNoSession(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	ask := func(o *orchestratetest.Fixture, path, body string) int {
		t.Helper()
		result, err := browser.Post(o.Address+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer result.Body.Close()
		return result.StatusCode
	}
	at := func(public string) *orchestratetest.Fixture {
		return orchestratetest.New(t, func(s *orchestratetest.Settings) { s.PublicURL = function.URL(public) })
	}
	first, second := at("http://localhost:8080"), at("http://localhost:8180")
	for range 2 {
		for _, o := range []*orchestratetest.Fixture{first, second} {
			if got := ask(o, "/v1/session", testkit.RightLogin); got != http.StatusOK {
				t.Fatalf("log in: %d", got)
			}
		}
	}
	for range 2 {
		for _, o := range []*orchestratetest.Fixture{first, second} {
			if got := ask(o, "/v1/session/refresh", ""); got != http.StatusOK {
				t.Errorf("go on: %d", got)
			}
		}
	}
}
