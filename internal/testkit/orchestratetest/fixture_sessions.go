package orchestratetest

import (
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
)

// CookieNames are what this installation calls its cookies.
var CookieNames = sessions.CookiesOf("https://paraphe.example")

// CookieOf returns a cookie that an answer sets.
func CookieOf(t *testing.T, a Response, name string) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no cookie %s: %d %s", name, a.Status, a.Body)
	return nil
}

func RefreshCookieOf(t *testing.T, a Response) *http.Cookie {
	return CookieOf(t, a, CookieNames.Refresh)
}

// Refreshed presents a refresh token.
func (o *Fixture) Refreshed(t *testing.T, secret string) Response {
	t.Helper()
	return o.Call(t, "", "POST", "/v1/session/refresh", "", "Cookie", CookieNames.Refresh+"="+secret)
}

// UserBody is a good request for an account.
const UserBody = `{"email":"zoe@paraphe.example","name":"Zoé","role":"manager","password":"a long enough one","locale":"fr"}`
