package tests

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/devstack"
)

// visit is a browser at the pages' address: an address that it comes from, and cookies that it sends.
type visit struct {
	stack   *devstack.Stack
	from    string
	cookies []*http.Cookie
}

// post sends a body to a call of sessions and keeps the cookies that come back.
func (v *visit) post(t *testing.T, path string, body any) *http.Response {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := timeouts.Context(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.stack.Run.Page+"/api/v1/session"+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", v.from)
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for _, set := range answer.Cookies() {
		v.cookies = append(slices.DeleteFunc(slices.Clone(v.cookies), func(c *http.Cookie) bool { return c.Name == set.Name }), set)
	}
	return answer
}

// cookie is the value of one whose name has this word in it.
func (v *visit) cookie(word string) string {
	i := slices.IndexFunc(v.cookies, func(c *http.Cookie) bool { return strings.Contains(c.Name, word) })
	if i < 0 {
		return ""
	}
	return v.cookies[i].Value
}

func (v *visit) logIn(t *testing.T, password string) *http.Response {
	t.Helper()
	return v.post(t, "", map[string]string{"email": v.stack.Run.Accounts[1].Email, "password": password})
}

// TestARenewalThatIsLostOrDoubledLeadsToOneSession, with the real functions and database.
func TestARenewalThatIsLostOrDoubledLeadsToOneSession(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	tab := &visit{stack: o, from: "198.51.100.1"}
	if got := tab.logIn(t, o.Run.Accounts[1].Password); got.StatusCode != http.StatusOK {
		t.Fatalf("log in: %s", got.Status)
	}
	tabs := make([]visit, 6)
	var all sync.WaitGroup
	for i := range tabs {
		tabs[i] = *tab
		all.Go(func() {
			if got := tabs[i].post(t, "/refresh", nil); got.StatusCode != http.StatusOK {
				t.Errorf("one of many at once: %s", got.Status)
			}
		})
	}
	all.Wait()
	for _, one := range tabs {
		if one.cookie("session") == tab.cookie("session") || one.cookie("session") != tabs[0].cookie("session") {
			t.Error("two tabs have two sessions, or the one of before")
		}
	}
	late := *tab // its answer was lost, while another tab went on
	if got := tabs[0].post(t, "/refresh", nil); got.StatusCode != http.StatusOK {
		t.Fatalf("it goes on: %s", got.Status)
	}
	if got := late.post(t, "/refresh", nil); got.StatusCode != http.StatusOK || late.cookie("session") != tabs[0].cookie("session") {
		t.Errorf("who is late: %s", got.Status)
	}
}

// TestNobodyIsKeptOutByGuessing, with the real functions and database.
func TestNobodyIsKeptOutByGuessing(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	right := o.Run.Accounts[1].Password
	own := &visit{stack: o, from: "198.51.100.1"}
	if got := own.logIn(t, right); got.StatusCode != http.StatusOK || own.cookie("device") == "" {
		t.Fatalf("log in: %s, %v", got.Status, own.cookies)
	}
	slowed := false
	for range 12 {
		guess := &visit{stack: o, from: "198.51.100.2"}
		got := guess.logIn(t, "a guess")
		slowed = slowed || got.StatusCode == http.StatusTooManyRequests && got.Header.Get("Retry-After") != ""
	}
	if !slowed {
		t.Error("nobody who guesses has to wait")
	}
	for who, v := range map[string]*visit{"the same browser": own, "another network": {stack: o, from: "203.0.113.1"}} {
		if got := v.logIn(t, right); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", who, got.Status)
		}
	}
}
