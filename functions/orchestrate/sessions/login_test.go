package sessions_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestLoggingInOnAndOut(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	in := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)
	var s sessions.Session
	in.Into(t, &s)
	c := orchestratetest.RefreshCookieOf(t, in)
	if s.ExpiresIn != 600 || s.Person.Name != "Marie" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("session %+v, cookie %s", s, c)
	}
	if me := o.Call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+s.AccessToken); me.Status != http.StatusOK || !strings.Contains(string(me.Body), `"marie@paraphe.example"`) {
		t.Errorf("me: %d %s", me.Status, me.Body)
	}
	if strings.Contains(fmt.Sprint(o.Refresh), c.Value) {
		t.Error("the refresh token is kept as it is")
	}
	next := o.Refreshed(t, c.Value)
	renewed := orchestratetest.RefreshCookieOf(t, next)
	if next.Status != http.StatusOK || renewed.Value == c.Value {
		t.Errorf("refresh: %d, the same cookie: %t", next.Status, renewed.Value == c.Value)
	}
	o.Wait(21 * time.Second)
	if stolen := o.Refreshed(t, c.Value); stolen.Status != http.StatusUnauthorized {
		t.Errorf("the old cookie again: %d", stolen.Status)
	}
	if after := o.Refreshed(t, renewed.Value); after.Status != http.StatusUnauthorized {
		t.Errorf("the new cookie, after the old one came back: %d", after.Status)
	}
	in = o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)
	c = orchestratetest.RefreshCookieOf(t, in)
	if out := o.Call(t, "", "DELETE", "/v1/session", "", "Cookie", orchestratetest.CookieNames.Refresh+"="+c.Value); out.Status != http.StatusNoContent || orchestratetest.RefreshCookieOf(t, out).MaxAge >= 0 {
		t.Errorf("log out: %d", out.Status)
	}
	if over := o.Call(t, "", "POST", "/v1/session/refresh", "", "Cookie", orchestratetest.CookieNames.Refresh+"="+c.Value); over.Status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", over.Status)
	}
}

func TestAWrongPasswordAndAnUnknownAddressLookTheSame(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	wrong := o.Call(t, "", "POST", "/v1/session", testkit.WrongLogin)
	unknown := o.Call(t, "", "POST", "/v1/session", `{"email":"nobody@paraphe.example","password":"wrong"}`)
	if wrong.Status != http.StatusUnauthorized || unknown.Status != wrong.Status || string(wrong.Body) != string(unknown.Body) {
		t.Errorf("%d %s\n%d %s", wrong.Status, wrong.Body, unknown.Status, unknown.Body)
	}
	for body, status := range map[string]int{`{}`: 422, `{"email":"a@b.fr","password":"x","link":"y"}`: 422, `{"email":"a@b.fr"}`: 422, ``: 415} {
		if got := o.Call(t, "", "POST", "/v1/session", body); got.Status != status {
			t.Errorf("%s: %d, want %d", body, got.Status, status)
		}
	}
	if log := o.Log.String(); strings.Contains(log, "marie") || strings.Contains(log, "nobody@") {
		t.Errorf("the log names people: %s", log)
	}
}

func TestALinkOpensOneContractForOneSigner(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	v := o.Made(t)
	const secret = "c2VjcmV0IG9mIHRoZSBsZXR0ZXI"
	o.Links[sessions.Digest(secret)] = persistclient.Link{Contract: v.ID, Signer: v.Signers[0].ID}
	got := o.Call(t, "", "POST", "/v1/session", `{"link":"`+secret+`"}`)
	var s sessions.Session
	got.Into(t, &s)
	if s.Person.Role != auth.SignerByLink || s.Person.Contract != string(v.ID) || s.Person.Name != "Ana Œuvrard-D'Été" || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("session %+v, cookie %q", s.Person, got.Header.Get("Set-Cookie"))
	}
	bearer := "Bearer " + s.AccessToken
	if own := o.Call(t, "", "GET", "/v1/contracts/"+string(v.ID), "", "Authorization", bearer); own.Status != http.StatusOK {
		t.Errorf("the contract: %d", own.Status)
	}
	if other := o.Call(t, "", "GET", "/v1/contracts/"+string(o.Made(t).ID), "", "Authorization", bearer); other.Status != http.StatusNotFound {
		t.Errorf("another contract: %d", other.Status)
	}
	if list := o.Call(t, "", "GET", "/v1/contracts", "", "Authorization", bearer); list.Status != http.StatusForbidden {
		t.Errorf("the list: %d", list.Status)
	}
	if bad := o.Call(t, "", "POST", "/v1/session", `{"link":"another"}`); bad.Status != http.StatusUnauthorized {
		t.Errorf("an unknown link: %d", bad.Status)
	}
}

// TestALinkThatWasGivenOutOpensWhateverOthersTry from the same network.
func TestALinkThatWasGivenOutOpensWhateverOthersTry(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	v := o.Made(t)
	o.Links[sessions.Digest("right")] = persistclient.Link{Contract: v.ID, Signer: v.Signers[0].ID}
	slowed := 0
	for range 100 {
		if got := o.Call(t, "", "POST", "/v1/session", `{"link":"invented"}`); got.Status == http.StatusTooManyRequests && got.Header.Get("Retry-After") != "" {
			slowed++
		} else if got.Status != http.StatusUnauthorized {
			t.Fatalf("invented: %d", got.Status)
		}
	}
	if got := o.Call(t, "", "POST", "/v1/session", `{"link":"right"}`); got.Status != http.StatusOK || slowed == 0 {
		t.Errorf("the link: %d, after %d of 100 that were slowed down", got.Status, slowed)
	}
}

// TestLoggingOutEndsOnesOwnSessionOnly: the cookie may be another account's by now.
func TestLoggingOutEndsOnesOwnSessionOnly(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	c := orchestratetest.RefreshCookieOf(t, o.Call(t, "", "POST", "/v1/session", testkit.RightLogin))
	cookie := orchestratetest.CookieNames.Refresh + "=" + c.Value
	if got := o.Call(t, "max", "DELETE", "/v1/session", "", "Cookie", cookie); got.Status != http.StatusConflict || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("somebody else's: %d, %q", got.Status, got.Header.Get("Set-Cookie"))
	}
	if got := o.Call(t, "", "DELETE", "/v1/session", "", "Cookie", cookie, "Authorization", "Bearer x"); got.Status != http.StatusUnauthorized {
		t.Errorf("with a token that is none: %d", got.Status)
	}
	renewed := orchestratetest.RefreshCookieOf(t, o.Refreshed(t, c.Value))
	if got := o.Call(t, "marie", "DELETE", "/v1/session", "", "Cookie", orchestratetest.CookieNames.Refresh+"="+renewed.Value); got.Status != http.StatusNoContent {
		t.Errorf("one's own: %d", got.Status)
	}
	if got := o.Refreshed(t, renewed.Value); got.Status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", got.Status)
	}
}

// TestALogInEndsTheSessionThatItTakesThePlaceOf: its cookie is overwritten, and nobody could end it any more.
func TestALogInEndsTheSessionThatItTakesThePlaceOf(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	first := orchestratetest.RefreshCookieOf(t, o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)).Value
	elsewhere := orchestratetest.RefreshCookieOf(t, o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)).Value
	second := orchestratetest.RefreshCookieOf(t, o.Call(t, "", "POST", "/v1/session", testkit.RightLogin, "Cookie", orchestratetest.CookieNames.Refresh+"="+first)).Value
	for secret, status := range map[string]int{first: 401, elsewhere: 200, second: 200} {
		if got := o.Refreshed(t, secret); got.Status != status {
			t.Errorf("%d, want %d", got.Status, status)
		}
	}
}

func TestAnotherSiteCannotUseTheCookie(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if got := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin, header...); got.Status != http.StatusForbidden {
			t.Errorf("%v: %d", header, got.Status)
		}
	}
	if got := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin, "Origin", "https://paraphe.example"); got.Status != http.StatusOK {
		t.Errorf("from our own pages: %d", got.Status)
	}
}

func TestOnlyAGoodTokenOpens(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	good := o.Token(t, "marie")
	elsewhere := o.Sessions
	elsewhere.Audience = "https://other.example"
	foreign, err := elsewhere.Mint(auth.Person{Subject: "marie", Role: auth.Manager}, testkit.Noon)
	if err != nil {
		t.Fatal(err)
	}
	functions, err := auth.MintFunction("orchestrate", auth.Question{Method: "GET", Path: "/v1/me"}, testkit.Key(t, "orchestrate"), testkit.Noon)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	for name, header := range map[string]string{
		"none": "", "no bearer": "Basic " + good, "another audience": "Bearer " + foreign, "a function's": "Bearer " + functions,
		"without a signature": "Bearer " + parts[0] + "." + parts[1] + ".", "cut off": "Bearer " + good[:len(good)-4],
		"alg none": "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + ".",
	} {
		got := o.Call(t, "", "GET", "/v1/me", "", "Authorization", header)
		if got.Status != http.StatusUnauthorized || got.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	if got := o.Call(t, "", "GET", "/v1/me?access_token="+good, "", "Cookie", "access_token="+good); got.Status != http.StatusUnauthorized {
		t.Errorf("a token in the address or in a cookie: %d", got.Status)
	}
	o.Wait(auth.SessionLife + 2*time.Minute)
	if got := o.Call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+good); got.Status != http.StatusUnauthorized {
		t.Errorf("expired: %d", got.Status)
	}
}
