package orchestrate

import (
	"net/http"
	"strings"
	"testing"
)

// TestACookieOpensNoCall: what a browser sends by itself is believed by the three calls of a session alone, and those are
// made from our own pages only. No other call can be made for somebody by another site.
func TestACookieOpensNoCall(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := string(o.made(t).ID)
	in := o.call(t, "", "POST", "/v1/session", rightLogIn)
	cookie := names.refresh + "=" + refreshCookieOf(t, in).Value
	for _, r := range (&api{}).calls() {
		method, path, _ := strings.Cut(strings.NewReplacer("{id}", id, "{name}", "service-agreement", "{version}", "1").Replace(r.pattern), " ")
		body := map[bool]string{true: rightLogIn}[r.pattern == "POST /v1/session"]
		for _, site := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
			{"Origin", "http://paraphe.example"}, {"Origin", "https://paraphe.example.evil.example"}, {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		} {
			got := o.call(t, "", method, path, body, append([]string{"Cookie", cookie}, site...)...)
			want := http.StatusUnauthorized
			switch {
			case strings.Contains(path, "/session"):
				want = http.StatusForbidden
			case r.roles == nil:
				want = http.StatusOK // the public keys
			}
			if got.status != want || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s, %v: %d, want %d; cookie %q", r.pattern, site, got.status, want, got.header.Get("Set-Cookie"))
			}
		}
	}
	if got := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", cookie, "Sec-Fetch-Site", "same-origin"); got.status != http.StatusOK {
		t.Errorf("after all that, from our own pages: %d", got.status)
	}
}

// TestAFormCannotLogIn: a page of another site can send these three kinds of body without being asked (Fetch
// §2.2.2), and none of them is JSON.
func TestAFormCannotLogIn(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain; application/json", ""} {
		if got := o.call(t, "", "POST", "/v1/session", rightLogIn, "Content-Type", kind); got.status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: %d", kind, got.status)
		}
	}
}

// TestEveryCookieIsLocked: the one that is set, and the one that deletes it.
func TestEveryCookieIsLocked(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	in := o.call(t, "", "POST", "/v1/session", rightLogIn)
	set := refreshCookieOf(t, in)
	again := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", names.refresh+"="+set.Value)
	out := o.call(t, "", "DELETE", "/v1/session", "", "Cookie", names.refresh+"="+refreshCookieOf(t, again).Value)
	for what, a := range map[string]answer{"logging in": in, "going on": again, "logging out": out} {
		set := (&http.Response{Header: a.header}).Cookies()
		for _, c := range set {
			locked := c.HttpOnly && c.Secure && c.SameSite == http.SameSiteLaxMode && c.Path == "/" && c.Domain == "" && strings.HasPrefix(c.Name, "__Host-")
			if !locked || c.Name != names.refresh && c.Name != names.device {
				t.Errorf("%s sets %s", what, c)
			}
		}
		if want := map[string]int{"logging in": 2}[what]; len(set) != max(want, 1) {
			t.Errorf("%s sets %q", what, set)
		}
	}
}
