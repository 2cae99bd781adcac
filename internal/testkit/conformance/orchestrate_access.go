package conformance

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// mayCall is whom the calls are for that the pages make.
var mayCall = map[string]string{
	"GET /v1/templates": "manager administrator", "GET /v1/templates/service-agreement": "manager administrator",
	"GET /v1/contracts": "customer manager administrator", "POST /v1/contracts": "manager",
	"POST /v1/contracts/{id}/send": "manager administrator", "POST /v1/contracts/{id}/remind": "manager administrator",
	"POST /v1/contracts/{id}/cancel": "manager administrator", "POST /v1/contracts/{id}/retry": "manager administrator",
	"POST /v1/contracts/{id}/set-aside": "manager administrator", "POST /v1/contracts/{id}/send-again": "manager administrator",
	"PATCH /v1/contracts/{id}/signers/s1": "manager administrator",
	"GET /v1/attention":                   "manager administrator", "POST /v1/attention/overdue/retry": "manager administrator",
	"POST /v1/attention/overdue/set-aside": "manager administrator",
	"GET /v1/users":                        "administrator", "POST /v1/users": "administrator",
	"GET /v1/dead-letters": "administrator", "POST /v1/dead-letters/nothing/replay": "administrator",
	"POST /v1/me/address": "customer manager administrator", "GET /v1/contracts/{id}": "customer manager administrator signer",
	"GET /v1/contracts/{id}/history": "customer manager administrator signer", "GET /v1/contracts/{id}/document": "customer manager administrator signer",
	"POST /v1/contracts/{id}/signing-link": "customer manager administrator signer",
}

func (o Orchestrate) access(t *testing.T) {
	tokens := map[string]string{}
	for role := range o.Accounts {
		tokens[role] = o.logIn(t, role)
	}
	_, _, link := o.Waiting(t)
	tokens["signer"], _ = o.call(t, "", "POST", "/v1/session", body(t, map[string]string{"link": link})).object(t, 200, sessionMembers)["access_token"].(string)
	for call, roles := range mayCall {
		method, path, _ := strings.Cut(strings.Replace(call, "{id}", "none", 1), " ")
		o.call(t, "", method, path, "").refused(t, call+" as nobody", http.StatusUnauthorized, "")
		o.call(t, "rubbish", method, path, "").refused(t, call+" with rubbish", http.StatusUnauthorized, "")
		for role, token := range tokens {
			what, got := call+" as a "+role, o.call(t, token, method, path, "")
			switch allowed := slices.Contains(strings.Fields(roles), role); {
			case !allowed:
				got.refused(t, what, http.StatusForbidden, "")
			case got.status == 401, got.status == 403, got.status >= 500:
				t.Errorf("%s: %d %s", what, got.status, got.body)
			case strings.Contains(call, "{id}"):
				if !strings.HasSuffix(call, "s1") { // there, the body is looked at first
					got.refused(t, what, http.StatusNotFound, "")
				}
			}
		}
	}
	o.call(t, tokens["manager"], "GET", "/v1/nothing", "").refused(t, "no such call", http.StatusNotFound, "")
	if got := o.call(t, tokens["manager"], "PUT", "/v1/contracts", ""); !strings.Contains(got.header.Get("Allow"), "GET") {
		t.Errorf("Allow: %q", got.header.Get("Allow"))
	} else {
		got.refused(t, "no such method", http.StatusMethodNotAllowed, "")
	}
}

// cookies are what an answer sets, as a request brings them.
func (a answered) cookies(t *testing.T) string {
	t.Helper()
	var all []string
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("the cookie %s can be read by scripts, or is sent by other sites", c)
		}
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

func (o Orchestrate) sessions(t *testing.T) {
	right := body(t, map[string]string{"email": o.Accounts["manager"], "password": o.Password})
	in := o.call(t, "", "POST", "/v1/session", right)
	s := in.object(t, 200, sessionMembers)
	shaped(t, s["person"].(map[string]any), personMembers)
	if s["token_type"] != "Bearer" || s["person"].(map[string]any)["role"] != "manager" {
		t.Errorf("logged in: %s", in.body)
	}
	cookie := in.cookies(t)
	o.call(t, "", "POST", "/v1/session", body(t, map[string]string{"email": o.Accounts["manager"], "password": "wrong"})).refused(t, "a wrong password", 401, "")
	o.call(t, "", "POST", "/v1/session", body(t, map[string]string{"link": "invented"})).refused(t, "an invented link", 401, "")
	o.call(t, "", "POST", "/v1/session", `{}`).wrong(t, "nothing", "email")
	for _, site := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		for _, call := range []string{"POST /v1/session", "POST /v1/session/refresh", "DELETE /v1/session"} {
			method, path, _ := strings.Cut(call, " ")
			o.call(t, "", method, path, right, append([]string{"Cookie", cookie}, site...)...).refused(t, call+" from another site", 403, "")
		}
	}
	next := o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", cookie)
	token := next.object(t, 200, sessionMembers)["access_token"].(string)
	cookie = next.cookies(t)
	o.call(t, "", "POST", "/v1/session/refresh", "").refused(t, "without a cookie", 401, "")
	o.call(t, o.logIn(t, "administrator"), "DELETE", "/v1/session", "", "Cookie", cookie).refused(t, "somebody else's", 409, "")
	o.call(t, "rubbish", "DELETE", "/v1/session", "", "Cookie", cookie).refused(t, "with rubbish", 401, "")
	for _, as := range []string{token, ""} { // the second time there is nothing left to end
		if out := o.call(t, as, "DELETE", "/v1/session", "", "Cookie", cookie); out.status != 204 || len(out.body) > 0 || out.header.Get("Set-Cookie") == "" {
			t.Errorf("logged out: %d %s", out.status, out.body)
		}
	}
	o.call(t, "", "POST", "/v1/session/refresh", "", "Cookie", cookie).refused(t, "after logging out", 401, "")
	_, _, link := o.Waiting(t)
	signed := o.call(t, "", "POST", "/v1/session", body(t, map[string]string{"link": link}))
	shaped(t, signed.object(t, 200, sessionMembers)["person"].(map[string]any), personMembers)
	if signed.header.Get("Set-Cookie") != "" {
		t.Errorf("a link sets %s", signed.header.Get("Set-Cookie"))
	}
}

func (o Orchestrate) bodies(t *testing.T) {
	manager, admin := o.logIn(t, "manager"), o.logIn(t, "administrator")
	for _, call := range []string{"POST /v1/contracts", "POST /v1/users"} {
		method, path, _ := strings.Cut(call, " ")
		token := map[bool]string{true: admin, false: manager}[path == "/v1/users"]
		o.call(t, token, method, path, `{"x":`).refused(t, call+" cut off", 400, "")
		o.call(t, token, method, path, `{"nickname":"x"}`).wrong(t, call, "nickname")
		o.call(t, token, method, path, `{}`, "Content-Type", "text/plain").refused(t, call+" as text", 415, "")
	}
	o.call(t, "", "POST", "/v1/session", "x=y", "Content-Type", "application/x-www-form-urlencoded").refused(t, "a form", 415, "")
}

func (o Orchestrate) accounts(t *testing.T) {
	admin := o.logIn(t, "administrator")
	asked := map[string]string{"email": newID() + "@example.org", "name": "Zoé", "role": "manager", "password": "a long enough one", "locale": "fr"}
	made := o.call(t, admin, "POST", "/v1/users", body(t, asked)).object(t, 201, personMembers)
	if made["email"] != asked["email"] || made["email_verified"] != false {
		t.Errorf("made %v", made)
	}
	o.call(t, admin, "POST", "/v1/users", body(t, asked)).refused(t, "the same address", 409, "")
	asked["email"], asked["password"] = "x", "short"
	got := o.call(t, admin, "POST", "/v1/users", body(t, asked))
	got.wrong(t, "an account", "email")
	got.wrong(t, "an account", "password")
	all := o.call(t, admin, "GET", "/v1/users", "").items(t, personMembers)
	if !slices.ContainsFunc(all, func(u map[string]any) bool { return u["id"] == made["id"] }) {
		t.Errorf("listed %v", all)
	}
	customer := o.logIn(t, "customer")
	o.call(t, customer, "POST", "/v1/me/address", `{"link":"invented","password":"another long one"}`).wrong(t, "an invented link", "link")
}

func (o Orchestrate) deadLetters(t *testing.T) {
	admin, id := o.logIn(t, "administrator"), o.DeadLetter(t)
	find := func() (found map[string]any) {
		for _, l := range o.call(t, admin, "GET", "/v1/dead-letters", "").items(t, notificationMembers) {
			if l["id"] == id {
				found = l
			}
		}
		return found
	}
	if find() == nil {
		t.Fatalf("%s is not listed", id)
	}
	if got := o.call(t, admin, "POST", "/v1/dead-letters/"+id+"/replay", ""); got.status != 204 || len(got.body) > 0 {
		t.Errorf("replayed: %d %s", got.status, got.body)
	}
	if find()["replayed_at"] == nil {
		t.Errorf("replayed, it is %v", find())
	}
	o.call(t, admin, "POST", "/v1/dead-letters/nothing/replay", "").refused(t, "one that is none", 404, "")
}
