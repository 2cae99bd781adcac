package orchestrate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

const (
	rightLogIn = `{"email":"marie@paraphe.example","password":"` + password + `"}`
	wrongLogIn = `{"email":"marie@paraphe.example","password":"wrong"}`
)

func refreshCookieOf(t *testing.T, a answer) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == refreshCookie {
			return c
		}
	}
	t.Fatalf("no refresh cookie: %d %s", a.status, a.body)
	return nil
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
	next := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", refreshCookie+"="+c.Value)
	renewed := refreshCookieOf(t, next)
	if next.status != http.StatusOK || renewed.Value == c.Value {
		t.Errorf("refresh: %d, the same cookie: %t", next.status, renewed.Value == c.Value)
	}
	if stolen := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", refreshCookie+"="+c.Value); stolen.status != http.StatusUnauthorized {
		t.Errorf("the old cookie again: %d", stolen.status)
	}
	if after := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", refreshCookie+"="+renewed.Value); after.status != http.StatusUnauthorized {
		t.Errorf("the new cookie, after the old one came back: %d", after.status)
	}
	in = o.call(t, "", "POST", "/v1/session", rightLogIn)
	c = refreshCookieOf(t, in)
	if out := o.call(t, "", "DELETE", "/v1/session", "", "Cookie", refreshCookie+"="+c.Value); out.status != http.StatusNoContent || refreshCookieOf(t, out).MaxAge >= 0 {
		t.Errorf("log out: %d", out.status)
	}
	if over := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", refreshCookie+"="+c.Value); over.status != http.StatusUnauthorized {
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

func TestGuessingIsLimitedPerAccount(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for i := range accountFailures {
		if got := o.call(t, "", "POST", "/v1/session", wrongLogIn); got.status != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d", i, got.status)
		}
	}
	got := o.call(t, "", "POST", "/v1/session", rightLogIn)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d", got.status)
	}
	o.wait(logInWindow)
	if got := o.call(t, "", "POST", "/v1/session", rightLogIn); got.status != http.StatusOK {
		t.Errorf("a while later: %d", got.status)
	}
}

func TestGuessingIsLimitedPerAddress(t *testing.T) {
	t.Parallel()
	l := newLogIns(func() time.Time { return noon })
	var ours function.Networks
	if err := ours.Decode("10.0.0.0/8, 127.0.0.0/8"); err != nil {
		t.Fatal(err)
	}
	key := func(r *http.Request) string { return addressKey(ours, r) }
	r := &http.Request{RemoteAddr: "10.0.0.1:5", Header: http.Header{"X-Forwarded-For": {"1.1.1.1, 203.0.113.9", "10.9.9.9, 127.0.0.1"}}}
	invented := &http.Request{RemoteAddr: "10.0.0.1:6", Header: http.Header{"X-Forwarded-For": {"2.2.2.2, 203.0.113.9"}}}
	for range addressFailures {
		if err := l.begin(key(r)); err != nil {
			t.Fatal(err)
		}
	}
	if l.begin(key(invented)) == nil {
		t.Error("inventing a hop makes it another address")
	}
	l.forgive(key(r))
	if err := l.begin(key(r)); err != nil {
		t.Errorf("an attempt that was forgiven counts: %v", err)
	}
}

func TestALinkOpensOneContractForOneSigner(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	v := o.made(t)
	const secret = "c2VjcmV0IG9mIHRoZSBsZXR0ZXI"
	o.links[digest(secret)] = record.Link{Contract: v.ID, Signer: v.Signers[0].ID}
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
	o.wait(auth.SessionLife + time.Minute)
	if got := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+good); got.status != http.StatusUnauthorized {
		t.Errorf("expired: %d", got.status)
	}
}
