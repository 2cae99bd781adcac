package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// Orchestrate is an orchestrate that clients call: the real one, or what stands in for it in front of the pages.
type Orchestrate struct {
	Address  string
	Password string                                      // of every account
	Accounts map[string]string                           // the addresses of a manager, an administrator and a customer, by their roles
	Body     func(change ...func(map[string]any)) string // a good request for a contract

	Waiting    func(t *testing.T) (id, signer, link string) // a contract of the manager's that its first signer is to sign
	Troubled   func(t *testing.T) (id, about, cause string) // one with a fault of the installation
	Unsendable func(t *testing.T) (about, cause string)     // one with a notification of which nobody knows whether it went out
	DeadLetter func(t *testing.T) (id string)
}

// TestOrchestrate makes every call of the client API that the pages make.
func TestOrchestrate(t *testing.T, o Orchestrate) {
	t.Run("who may call", o.access)
	t.Run("sessions", o.sessions)
	t.Run("bodies", o.bodies)
	t.Run("templates", o.templates)
	t.Run("contracts", o.contracts)
	t.Run("documents", o.documents)
	t.Run("lists", o.lists)
	t.Run("actions", o.actions)
	t.Run("signing", o.signing)
	t.Run("attention", o.attention)
	t.Run("addresses", o.addresses)
	t.Run("accounts", o.accounts)
	t.Run("dead letters", o.deadLetters)
}

// call makes a call with an access token, or with "" without one. Headers come in pairs.
func (o Orchestrate) call(t *testing.T, token, method, path, body string, header ...string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, o.Address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if kept := got.Header.Get("Cache-Control"); kept != "no-store" {
		t.Errorf("%s %s: Cache-Control %q", method, path, kept)
	}
	return answered{got.StatusCode, got.Header, text}
}

// logIn opens a session of the account in this role.
func (o Orchestrate) logIn(t *testing.T, role string) (token string) {
	t.Helper()
	in := o.call(t, "", "POST", "/v1/session", body(t, map[string]string{"email": o.Accounts[role], "password": o.Password}))
	token, _ = in.object(t, 200, sessionMembers)["access_token"].(string)
	return token
}

// What the members of answers are: name:kind, with ? where it may be absent.
const (
	sessionMembers  = "access_token:string token_type:string expires_in:number person:object"
	personMembers   = "id:string name:string email:string role:string locale:string contract?:string disabled?:bool email_verified:bool"
	templateMembers = "name:string version:number ref:string title:object summary:object languages:array signers?:array schema:object example?:object"
	contractMembers = "id:string status:string title:string template:string language:string owner:object ordered:bool deadline:day created_at:time " +
		"updated_at:time sent_at?:time due_at?:time version:number signers:array data:any documents:object notifications:array attention?:string troubles:array " +
		"dead_letters:array reminded_at?:time remind_after?:time cancel_wanted:bool actions:list"
	signerMembers       = "id:string first_name:string last_name:string email?:string phone?:string locale?:string state:string signed_at?:time"
	troubleMembers      = "about:string cause:string sentence:string consequence:string detail?:string since:time last:time tries:number next_try?:time ours?:bool remedies:array set_aside_at?:time"
	causeMembers        = "cause:string sentence:string consequence:string since:time contracts:number next_try?:time ours?:bool remedies:array"
	bulkMembers         = "action:string cause:string sentence:string dry_run?:bool will?:string done:number left:number"
	entryMembers        = "seq:number at:time actor:string what:string detail?:object previous_hash?:string hash?:string words?:string"
	notificationMembers = "id:string at:time type:string source:string contract?:string destination:string code:string cause:string replayed_at?:time"
)

// object requires an answer of this status that is an object with these members and no others.
func (a answered) object(t *testing.T, status int, members string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); a.status != status || err != nil || a.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s %s, want %d and JSON (%v)", a.status, a.header.Get("Content-Type"), a.body, status, err)
	}
	shaped(t, v, members)
	return v
}

// items requires an answer that is a list of such objects.
func (a answered) items(t *testing.T, members string) (items []map[string]any) {
	t.Helper()
	v := a.object(t, 200, "items:array next?:string")
	for _, item := range v["items"].([]any) {
		one, _ := item.(map[string]any)
		shaped(t, one, members)
		items = append(items, one)
	}
	return items
}

// contract requires an answer of this status that is a contract.
func (a answered) contract(t *testing.T, status int) map[string]any {
	t.Helper()
	v := a.object(t, status, contractMembers)
	shapedContract(t, v)
	return v
}

func shapedContract(t *testing.T, v map[string]any) {
	t.Helper()
	shaped(t, v["owner"].(map[string]any), "id:string name:string")
	for _, s := range v["signers"].([]any) {
		shaped(t, s.(map[string]any), signerMembers)
	}
	for _, x := range v["troubles"].([]any) {
		shaped(t, x.(map[string]any), troubleMembers)
	}
}

// shaped requires these members and no others.
func shaped(t *testing.T, v map[string]any, members string) {
	t.Helper()
	known := map[string]bool{}
	for _, member := range strings.Fields(members) {
		name, kind, _ := strings.Cut(member, ":")
		name, optional := strings.CutSuffix(name, "?")
		known[name] = true
		value, there := v[name]
		if !there && optional {
			continue
		}
		if !there || !is(value, kind) {
			t.Errorf("%s is %v (there: %t), not a %s, in %v", name, value, there, kind, v)
		}
	}
	for name := range v {
		if !known[name] {
			t.Errorf("%s is no member of %v", name, v)
		}
	}
}

func is(value any, kind string) bool {
	text, isText := value.(string)
	_, isBool := value.(bool)
	_, isNumber := value.(float64)
	_, isArray := value.([]any)
	_, isObject := value.(map[string]any)
	_, noTime := time.Parse(time.RFC3339Nano, text)
	_, noDay := time.Parse(time.DateOnly, text)
	return map[string]bool{"string": isText, "bool": isBool, "number": isNumber, "array": isArray, "object": isObject, "any": true,
		"time": isText && noTime == nil, "day": isText && noDay == nil, "list": isArray || value == nil}[kind]
}

// wrong requires a problem that names this field.
func (a answered) wrong(t *testing.T, what, field string) {
	t.Helper()
	p := a.refused(t, what, http.StatusUnprocessableEntity, "")
	if !slices.ContainsFunc(p.Fields, func(f function.FieldError) bool { return f.Field == field && f.Reason != "" }) {
		t.Errorf("%s: %v does not name %s", what, p.Fields, field)
	}
}

// can reports whether an action is among those of a contract.
func can(v map[string]any, action string) bool {
	list, _ := v["actions"].([]any)
	return slices.Contains(list, any(action))
}
