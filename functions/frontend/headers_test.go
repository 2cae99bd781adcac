package frontend

import (
	"net/http"
	"strings"
	"testing"
)

// TestEveryAddressHasTheHeadersOnce walks every screen, every file, the API and what is nothing, in every method.
func TestEveryAddressHasTheHeadersOnce(t *testing.T) {
	t.Parallel()
	pages, _ := asked(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'") // orchestrate has headers of its own
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusTeapot)
	})
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/nowhere", "/api/v1/me", "/api/v1/..%2f", "/api/v2", "/api", keysPath, "/health/liveness/x", "/js/", "/js/..%2f..%2ffunction.go"}
	for pattern := range pageRoutes {
		_, path, _ := strings.Cut(pattern, " ")
		paths = append(paths, strings.NewReplacer("{$}", "", "{id}", "abc").Replace(path))
	}
	for name := range all {
		paths = append(paths, "/"+name)
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS"} {
			answer := send(t, request(t, method, pages+path, ""))
			for name, value := range securityHeaders(policy("")) {
				if got := answer.Header.Values(name); len(got) != 1 || got[0] != value {
					t.Errorf("%s %s (%d): %s is %q", method, path, answer.StatusCode, name, got)
				}
			}
			if len(answer.Header.Values("Cache-Control")) > 1 || answer.Header.Get("Access-Control-Allow-Origin") != "" || answer.Header.Get("Server") != "" {
				t.Errorf("%s %s: %v", method, path, answer.Header)
			}
		}
	}
}
