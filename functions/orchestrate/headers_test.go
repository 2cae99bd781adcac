package orchestrate_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

// headersOfAnAnswer are on whatever the API says, to whomever.
var headersOfAnAnswer = map[string]string{
	"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
}

// TestEveryAnswerHasTheSecurityHeaders walks every call as everybody, and what is no call.
func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Made(t).ID
	requests := []string{"GET /", "GET /v1", "GET /v1/nothing", "PUT /v1/contracts", "OPTIONS /v1/me", "GET //v1/me", "GET /v1/../v1/me", "GET /favicon.ico"}
	for _, r := range orchestrate.Calls(nil, nil) {
		requests = append(requests, strings.NewReplacer("{id}", string(id), "{name}", "service-agreement", "{version}", "1").Replace(r.Pattern))
	}
	for _, request := range requests {
		method, path, _ := strings.Cut(request, " ")
		for _, who := range []string{"", "marie", "max", "ana", "admin", fmt.Sprintf("%s/x", id)} {
			got := o.Call(t, who, method, path, "")
			for name, want := range headersOfAnAnswer {
				if path == "/.well-known/jwks.json" && name == "Cache-Control" {
					want = "public, max-age=300"
				}
				if strings.Contains(path, "//") || strings.Contains(path, "..") { // the server tidies before we see it
					want = got.Header.Get(name)
				}
				if values := got.Header.Values(name); len(values) > 1 || got.Header.Get(name) != want {
					t.Errorf("%q %s (%d): %s is %q", who, request, got.Status, name, values)
				}
			}
			if got.Header.Get("Access-Control-Allow-Origin") != "" || got.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s is open to other sites", request)
			}
		}
	}
}

// tricks are ids that a careless reader takes for more than names.
var tricks = []string{
	"..%2f..%2fusers", "%2e%2e%2f%2e%2e%2fsessions%2frotate", "%2fetc%2fpasswd", "..", "x%2fhistory", "x%3fadmin=1", "x%23", "%00", "x%00", "x%0d%0aHost:%20evil", "x%0a", "x%5c..%5c",
	"%c0%ae%c0%ae", "%ff", "x%20", "%20", "X", "*", "%25", "%252e%252e", "'%20OR%20'1'='1", "x;y", "x&y", "{id}", "é", "%e2%80%ae", strings.Repeat("a", 65), strings.Repeat("a", 8000),
}

// TestAnIDWithATrickInItIsNothing asks every call that has an id, as everybody whom the call is for: the answer is that
// of an unknown id to the byte, or the server's own.
func TestAnIDWithATrickInItIsNothing(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	people := map[string]string{"customer": "ana", "manager": "marie", "administrator": "admin", "signer": "abc/x"}
	for _, r := range orchestrate.Calls(nil, nil) {
		method, pattern, _ := strings.Cut(r.Pattern, " ")
		before, after, has := strings.Cut(strings.Replace(pattern, "{signer}", "s1", 1), "{id}")
		if !has {
			continue
		}
		for _, role := range r.Roles {
			unknown := o.Call(t, people[string(role)], method, before+"abcdefgh"+after, "")
			for _, trick := range tricks {
				got := o.Call(t, people[string(role)], method, before+trick+after, "")
				same := got.Status == http.StatusNotFound && string(got.Body) == string(unknown.Body)
				tidied := trick == ".." && got.Status != http.StatusOK // by the server, before anybody looks at it
				if !same && !tidied {
					t.Errorf("%s, %s with %.30q: %d %s", role, r.Pattern, trick, got.Status, got.Body)
				}
			}
		}
	}
	for _, trick := range tricks {
		if got := o.Call(t, "marie", "GET", "/v1/templates/"+trick, ""); got.Status == http.StatusOK || got.Status >= 500 {
			t.Errorf("the template %.30q: %d", trick, got.Status)
		}
	}
}
