package orchestrate_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

// TestACookieOpensNoCall: what a browser sends by itself is believed by the three calls of a session alone, and those are
// made from our own pages only. No other call can be made for somebody by another site.
func TestACookieOpensNoCall(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := string(o.Made(t).ID)
	in := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)
	cookie := orchestratetest.CookieNames.Refresh + "=" + orchestratetest.RefreshCookieOf(t, in).Value
	for _, r := range orchestrate.Calls(nil, nil) {
		method, path, _ := strings.Cut(strings.NewReplacer("{id}", id, "{name}", "service-agreement", "{version}", "1").Replace(r.Pattern), " ")
		body := map[bool]string{true: testkit.RightLogin}[r.Pattern == "POST /v1/session"]
		for _, site := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
			{"Origin", "http://paraphe.example"}, {"Origin", "https://paraphe.example.evil.example"}, {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		} {
			got := o.Call(t, "", method, path, body, append([]string{"Cookie", cookie}, site...)...)
			want := http.StatusUnauthorized
			switch {
			case strings.Contains(path, "/session"):
				want = http.StatusForbidden
			case r.Roles == nil:
				want = http.StatusOK // the public keys
			}
			if got.Status != want || got.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s, %v: %d, want %d; cookie %q", r.Pattern, site, got.Status, want, got.Header.Get("Set-Cookie"))
			}
		}
	}
	if got := o.Call(t, "", "POST", "/v1/session/refresh", "", "Cookie", cookie, "Sec-Fetch-Site", "same-origin"); got.Status != http.StatusOK {
		t.Errorf("after all that, from our own pages: %d", got.Status)
	}
}

// TestAFormCannotLogIn: a page of another site can send these three kinds of body without being asked (Fetch
// §2.2.2), and none of them is JSON.
func TestAFormCannotLogIn(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain; application/json", ""} {
		if got := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin, "Content-Type", kind); got.Status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: %d", kind, got.Status)
		}
	}
}

// TestEveryCookieIsLocked: the one that is set, and the one that deletes it.
func TestEveryCookieIsLocked(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	in := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)
	set := orchestratetest.RefreshCookieOf(t, in)
	again := o.Call(t, "", "POST", "/v1/session/refresh", "", "Cookie", orchestratetest.CookieNames.Refresh+"="+set.Value)
	out := o.Call(t, "", "DELETE", "/v1/session", "", "Cookie", orchestratetest.CookieNames.Refresh+"="+orchestratetest.RefreshCookieOf(t, again).Value)
	for what, a := range map[string]orchestratetest.Response{"logging in": in, "going on": again, "logging out": out} {
		set := (&http.Response{Header: a.Header}).Cookies()
		for _, c := range set {
			locked := c.HttpOnly && c.Secure && c.SameSite == http.SameSiteLaxMode && c.Path == "/" && c.Domain == "" && strings.HasPrefix(c.Name, "__Host-")
			if !locked || c.Name != orchestratetest.CookieNames.Refresh && c.Name != orchestratetest.CookieNames.Device {
				t.Errorf("%s sets %s", what, c)
			}
		}
		if want := map[string]int{"logging in": 2}[what]; len(set) != max(want, 1) {
			t.Errorf("%s sets %q", what, set)
		}
	}
}
