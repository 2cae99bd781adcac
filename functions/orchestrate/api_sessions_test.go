package orchestrate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	rightLogIn = `{"email":"marie@paraphe.example","password":"` + password + `"}`
	wrongLogIn = `{"email":"marie@paraphe.example","password":"wrong"}`
)

// names are what this installation calls its cookies.
var names = cookiesOf("https://paraphe.example")

// cookieOf returns a cookie that an answer sets.
func cookieOf(t *testing.T, a answer, name string) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no cookie %s: %d %s", name, a.status, a.body)
	return nil
}

func refreshCookieOf(t *testing.T, a answer) *http.Cookie { return cookieOf(t, a, names.refresh) }

// refreshed presents a refresh token.
func (o *office) refreshed(t *testing.T, secret string) answer {
	t.Helper()
	return o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", names.refresh+"="+secret)
}

func TestLoggingInOnAndOut(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	in := o.call(t, "", "POST", "/v1/session", rightLogIn)
	var s session
	in.into(t, &s)
	c := refreshCookieOf(t, in)
	if s.ExpiresIn != 600 || s.Person.Name != "Marie" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("session %+v, cookie %s", s, c)
	}
	if me := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+s.AccessToken); me.status != http.StatusOK || !strings.Contains(string(me.body), `"marie@paraphe.example"`) {
		t.Errorf("me: %d %s", me.status, me.body)
	}
	if strings.Contains(fmt.Sprint(o.refresh), c.Value) {
		t.Error("the refresh token is kept as it is")
	}
	next := o.refreshed(t, c.Value)
	renewed := refreshCookieOf(t, next)
	if next.status != http.StatusOK || renewed.Value == c.Value {
		t.Errorf("refresh: %d, the same cookie: %t", next.status, renewed.Value == c.Value)
	}
	o.wait(21 * time.Second)
	if stolen := o.refreshed(t, c.Value); stolen.status != http.StatusUnauthorized {
		t.Errorf("the old cookie again: %d", stolen.status)
	}
	if after := o.refreshed(t, renewed.Value); after.status != http.StatusUnauthorized {
		t.Errorf("the new cookie, after the old one came back: %d", after.status)
	}
	in = o.call(t, "", "POST", "/v1/session", rightLogIn)
	c = refreshCookieOf(t, in)
	if out := o.call(t, "", "DELETE", "/v1/session", "", "Cookie", names.refresh+"="+c.Value); out.status != http.StatusNoContent || refreshCookieOf(t, out).MaxAge >= 0 {
		t.Errorf("log out: %d", out.status)
	}
	if over := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", names.refresh+"="+c.Value); over.status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", over.status)
	}
}

func TestAWrongPasswordAndAnUnknownAddressLookTheSame(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	wrong := o.call(t, "", "POST", "/v1/session", wrongLogIn)
	unknown := o.call(t, "", "POST", "/v1/session", `{"email":"nobody@paraphe.example","password":"wrong"}`)
	if wrong.status != http.StatusUnauthorized || unknown.status != wrong.status || string(wrong.body) != string(unknown.body) {
		t.Errorf("%d %s\n%d %s", wrong.status, wrong.body, unknown.status, unknown.body)
	}
	for body, status := range map[string]int{`{}`: 422, `{"email":"a@b.fr","password":"x","link":"y"}`: 422, `{"email":"a@b.fr"}`: 422, ``: 415} {
		if got := o.call(t, "", "POST", "/v1/session", body); got.status != status {
			t.Errorf("%s: %d, want %d", body, got.status, status)
		}
	}
	if log := o.log.String(); strings.Contains(log, "marie") || strings.Contains(log, "nobody@") {
		t.Errorf("the log names people: %s", log)
	}
}

func TestALinkOpensOneContractForOneSigner(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	v := o.made(t)
	const secret = "c2VjcmV0IG9mIHRoZSBsZXR0ZXI"
	o.links[digest(secret)] = persistclient.Link{Contract: v.ID, Signer: v.Signers[0].ID}
	got := o.call(t, "", "POST", "/v1/session", `{"link":"`+secret+`"}`)
	var s session
	got.into(t, &s)
	if s.Person.Role != auth.SignerByLink || s.Person.Contract != string(v.ID) || s.Person.Name != "Ana Œuvrard-D'Été" || got.header.Get("Set-Cookie") != "" {
		t.Errorf("session %+v, cookie %q", s.Person, got.header.Get("Set-Cookie"))
	}
	bearer := "Bearer " + s.AccessToken
	if own := o.call(t, "", "GET", "/v1/contracts/"+string(v.ID), "", "Authorization", bearer); own.status != http.StatusOK {
		t.Errorf("the contract: %d", own.status)
	}
	if other := o.call(t, "", "GET", "/v1/contracts/"+string(o.made(t).ID), "", "Authorization", bearer); other.status != http.StatusNotFound {
		t.Errorf("another contract: %d", other.status)
	}
	if list := o.call(t, "", "GET", "/v1/contracts", "", "Authorization", bearer); list.status != http.StatusForbidden {
		t.Errorf("the list: %d", list.status)
	}
	if bad := o.call(t, "", "POST", "/v1/session", `{"link":"another"}`); bad.status != http.StatusUnauthorized {
		t.Errorf("an unknown link: %d", bad.status)
	}
}

// TestALinkThatWasGivenOutOpensWhateverOthersTry from the same network.
func TestALinkThatWasGivenOutOpensWhateverOthersTry(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	v := o.made(t)
	o.links[digest("right")] = persistclient.Link{Contract: v.ID, Signer: v.Signers[0].ID}
	slowed := 0
	for range 100 {
		if got := o.call(t, "", "POST", "/v1/session", `{"link":"invented"}`); got.status == http.StatusTooManyRequests && got.header.Get("Retry-After") != "" {
			slowed++
		} else if got.status != http.StatusUnauthorized {
			t.Fatalf("invented: %d", got.status)
		}
	}
	if got := o.call(t, "", "POST", "/v1/session", `{"link":"right"}`); got.status != http.StatusOK || slowed == 0 {
		t.Errorf("the link: %d, after %d of 100 that were slowed down", got.status, slowed)
	}
}

// TestLoggingOutEndsOnesOwnSessionOnly: the cookie may be another account's by now.
func TestLoggingOutEndsOnesOwnSessionOnly(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	c := refreshCookieOf(t, o.call(t, "", "POST", "/v1/session", rightLogIn))
	cookie := names.refresh + "=" + c.Value
	if got := o.call(t, "max", "DELETE", "/v1/session", "", "Cookie", cookie); got.status != http.StatusConflict || got.header.Get("Set-Cookie") != "" {
		t.Errorf("somebody else's: %d, %q", got.status, got.header.Get("Set-Cookie"))
	}
	if got := o.call(t, "", "DELETE", "/v1/session", "", "Cookie", cookie, "Authorization", "Bearer x"); got.status != http.StatusUnauthorized {
		t.Errorf("with a token that is none: %d", got.status)
	}
	renewed := refreshCookieOf(t, o.refreshed(t, c.Value))
	if got := o.call(t, "marie", "DELETE", "/v1/session", "", "Cookie", names.refresh+"="+renewed.Value); got.status != http.StatusNoContent {
		t.Errorf("one's own: %d", got.status)
	}
	if got := o.refreshed(t, renewed.Value); got.status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", got.status)
	}
}

// TestALogInEndsTheSessionThatItTakesThePlaceOf: its cookie is overwritten, and nobody could end it any more.
func TestALogInEndsTheSessionThatItTakesThePlaceOf(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	first := refreshCookieOf(t, o.call(t, "", "POST", "/v1/session", rightLogIn)).Value
	elsewhere := refreshCookieOf(t, o.call(t, "", "POST", "/v1/session", rightLogIn)).Value
	second := refreshCookieOf(t, o.call(t, "", "POST", "/v1/session", rightLogIn, "Cookie", names.refresh+"="+first)).Value
	for secret, status := range map[string]int{first: 401, elsewhere: 200, second: 200} {
		if got := o.refreshed(t, secret); got.status != status {
			t.Errorf("%d, want %d", got.status, status)
		}
	}
}

func TestAnotherSiteCannotUseTheCookie(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if got := o.call(t, "", "POST", "/v1/session", rightLogIn, header...); got.status != http.StatusForbidden {
			t.Errorf("%v: %d", header, got.status)
		}
	}
	if got := o.call(t, "", "POST", "/v1/session", rightLogIn, "Origin", "https://paraphe.example"); got.status != http.StatusOK {
		t.Errorf("from our own pages: %d", got.status)
	}
}

func TestOnlyAGoodTokenOpens(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	good := o.token(t, "marie")
	elsewhere := o.sessions
	elsewhere.Audience = "https://other.example"
	foreign, err := elsewhere.Mint(auth.Person{Subject: "marie", Role: auth.Manager}, noon)
	if err != nil {
		t.Fatal(err)
	}
	functions, err := auth.MintFunction("orchestrate", auth.Question{Method: "GET", Path: "/v1/me"}, keyOf(t, "orchestrate"), noon)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	for name, header := range map[string]string{
		"none": "", "no bearer": "Basic " + good, "another audience": "Bearer " + foreign, "a function's": "Bearer " + functions,
		"without a signature": "Bearer " + parts[0] + "." + parts[1] + ".", "cut off": "Bearer " + good[:len(good)-4],
		"alg none": "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + ".",
	} {
		got := o.call(t, "", "GET", "/v1/me", "", "Authorization", header)
		if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if got := o.call(t, "", "GET", "/v1/me?access_token="+good, "", "Cookie", "access_token="+good); got.status != http.StatusUnauthorized {
		t.Errorf("a token in the address or in a cookie: %d", got.status)
	}
	o.wait(auth.SessionLife + 2*time.Minute)
	if got := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+good); got.status != http.StatusUnauthorized {
		t.Errorf("expired: %d", got.status)
	}
}
