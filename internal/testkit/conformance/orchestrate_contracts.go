package conformance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/persistclient"
)

func set(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m[name] = value }
}

func (o Orchestrate) templates(t *testing.T) {
	manager := o.logIn(t, "manager")
	for _, one := range o.call(t, manager, "GET", "/v1/templates", "").items(t, templateMembers) {
		if one["example"] != nil {
			t.Errorf("an example is listed: %v", one["name"])
		}
	}
	if one := o.call(t, manager, "GET", "/v1/templates/service-agreement", "").object(t, 200, templateMembers); one["example"] == nil {
		t.Error("there is no example")
	}
	o.call(t, manager, "GET", "/v1/templates/none", "").refused(t, "no such template", 404, "")
}

func (o Orchestrate) made(t *testing.T, token string) map[string]any {
	t.Helper()
	return o.call(t, token, "POST", "/v1/contracts", o.Body()).contract(t, 201)
}

func (o Orchestrate) contracts(t *testing.T) {
	manager := o.logIn(t, "manager")
	asked := o.Body()
	key := newID()
	got := o.call(t, manager, "POST", "/v1/contracts", asked, "Idempotency-Key", key)
	v := got.contract(t, 201)
	id := v["id"].(string)
	if got.header.Get("Location") != "/v1/contracts/"+id || got.header.Get("ETag") != `"1"` || v["status"] != "draft" || v["version"] != 1.0 || !can(v, "send") || !can(v, "cancel") {
		t.Errorf("made: Location %q, ETag %s, %s", got.header.Get("Location"), got.header.Get("ETag"), got.body)
	}
	if again := o.call(t, manager, "POST", "/v1/contracts", asked, "Idempotency-Key", key); again.contract(t, 201)["id"] != id {
		t.Errorf("again: %s", again.body)
	}
	o.call(t, manager, "POST", "/v1/contracts", o.Body(set("title", "Autre")), "Idempotency-Key", key).refused(t, "the key with another request", 422, persistclient.ReusedType)
	o.call(t, manager, "POST", "/v1/contracts", asked, "Idempotency-Key", "a b").refused(t, "a key that is none", 400, "")
	for field, change := range map[string]func(map[string]any){
		"title": set("title", ""), "template": set("template", "marriage"), "deadline": set("deadline", "2020-01-01"), "signers": set("signers", []any{}),
		"language": set("language", "tlh"), "data": set("data", []int{1}),
	} {
		o.call(t, manager, "POST", "/v1/contracts", o.Body(change)).wrong(t, "a wrong "+field, field)
	}
	shown := o.call(t, manager, "GET", "/v1/contracts/"+id, "")
	tag := shown.header.Get("ETag")
	if shown.contract(t, 200); tag != `"1"` {
		t.Errorf("shown: ETag %s", tag)
	}
	for _, known := range []string{tag, "W/" + tag, `"0", ` + tag, "*"} {
		if same := o.call(t, manager, "GET", "/v1/contracts/"+id, "", "If-None-Match", known); same.status != 304 || len(same.body) > 0 || same.header.Get("ETag") != tag {
			t.Errorf("known as %s: %d %s", known, same.status, same.body)
		}
	}
	history := o.call(t, manager, "GET", "/v1/contracts/"+id+"/history", "").items(t, entryMembers)
	if len(history) != 1 || history[0]["what"] != "contract.drafted" || history[0]["seq"] != 1.0 {
		t.Errorf("history: %v", history)
	}
	waiting, _, _ := o.Waiting(t)
	if seen := o.call(t, o.logIn(t, "customer"), "GET", "/v1/contracts/"+id, ""); seen.status != 404 {
		t.Errorf("a customer who does not sign it: %d", seen.status)
	}
	_, _, link := o.Waiting(t)
	signer, _ := o.call(t, "", "POST", "/v1/session", body(t, map[string]string{"link": link})).object(t, 200, sessionMembers)["access_token"].(string)
	o.call(t, signer, "GET", "/v1/contracts/"+id, "").refused(t, "another contract by a link", 404, "")
	o.call(t, manager, "GET", "/v1/contracts/"+waiting, "").contract(t, 200)
}

func (o Orchestrate) documents(t *testing.T) {
	manager := o.logIn(t, "manager")
	id, _, _ := o.Waiting(t)
	path := "/v1/contracts/" + id + "/document"
	got := o.call(t, manager, "GET", path, "")
	tag := got.header.Get("ETag")
	if got.status != 200 || got.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(string(got.body), "%PDF-") || len(tag) != 66 ||
		got.header.Get("Content-Disposition") != `inline; filename="`+id+`-draft.pdf"` {
		t.Errorf("the draft: %d %v", got.status, got.header)
	}
	if same := o.call(t, manager, "GET", path+"?version=draft", "", "If-None-Match", tag); same.status != 304 {
		t.Errorf("known: %d", same.status)
	}
	o.call(t, manager, "GET", path+"?version=signed", "").refused(t, "one that is not there yet", 404, "")
	o.call(t, manager, "GET", path+"?version=other", "").wrong(t, "no such version", "version")
	draft := o.made(t, manager)["id"].(string)
	o.call(t, manager, "GET", "/v1/contracts/"+draft+"/document", "").refused(t, "of a draft", 404, "")
}

func (o Orchestrate) lists(t *testing.T) {
	manager := o.logIn(t, "manager")
	made := o.made(t, manager)
	o.made(t, manager)
	var found []any
	for cursor, pages := "", 0; pages == 0 || cursor != "" && pages < 30; pages++ {
		got := o.call(t, manager, "GET", "/v1/contracts?limit=3&cursor="+cursor, "")
		items := got.items(t, contractMembers)
		for _, one := range items {
			shapedContract(t, one)
			found = append(found, one["id"])
		}
		if cursor, _ = got.object(t, 200, "items:array next?:string")["next"].(string); cursor != "" && len(items) != 3 {
			t.Errorf("a page of %d", len(items))
		}
	}
	if seen := map[any]bool{}; len(found) > 0 {
		for _, id := range found {
			if seen[id] {
				t.Errorf("%v is listed twice", id)
			}
			seen[id] = true
		}
		if !seen[made["id"]] {
			t.Errorf("%v is not among %v", made["id"], found)
		}
	}
	for _, one := range o.call(t, manager, "GET", "/v1/contracts?status=draft", "").items(t, contractMembers) {
		if one["status"] != "draft" {
			t.Errorf("among the drafts: %v", one["status"])
		}
	}
	if none := o.call(t, manager, "GET", "/v1/contracts?q=no+such+title", ""); string(none.body) != "{\"items\":[]}\n" {
		t.Errorf("nothing: %s", none.body)
	}
	for field, query := range map[string]string{"status": "status=lost", "limit": "limit=101", "attention": "attention=maybe", "q": "q=%00", "cause": "cause=A"} {
		o.call(t, manager, "GET", "/v1/contracts?"+query, "").wrong(t, query, field)
	}
}

func (o Orchestrate) actions(t *testing.T) {
	manager := o.logIn(t, "manager")
	id := o.made(t, manager)["id"].(string)
	path := "/v1/contracts/" + id
	p := o.call(t, manager, "POST", path+"/remind", "").refused(t, "remind a draft", 409, "")
	if !strings.Contains(p.Detail, "The contract is draft") {
		t.Errorf("remind a draft: %s", p.Detail)
	}
	o.call(t, o.logIn(t, "administrator"), "POST", path+"/send", "").refused(t, "an administrator sends", 403, "")
	o.call(t, manager, "POST", path+"/send", `{"reason":"x"}`).wrong(t, "send with a reason", "reason")
	o.call(t, manager, "POST", path+"/cancel", `{"reason":"`+strings.Repeat("x", 501)+`"}`).wrong(t, "a reason too long", "reason")
	sent := o.call(t, manager, "POST", path+"/send", "", "Idempotency-Key", "send-"+id)
	if v := sent.contract(t, 202); v["status"] != "preparing" || v["version"] != 2.0 || sent.header.Get("ETag") != `"2"` {
		t.Errorf("sent: ETag %s, %s", sent.header.Get("ETag"), sent.body)
	}
	if again := o.call(t, manager, "POST", path+"/send", "", "Idempotency-Key", "send-"+id); again.status != 202 || string(again.body) != string(sent.body) {
		t.Errorf("again: %d %s, not\n%s", again.status, again.body, sent.body)
	}
	o.call(t, manager, "POST", path+"/send", "").refused(t, "with another key", 409, "")
	if v := o.call(t, manager, "POST", path+"/cancel", `{"reason":"the client changed their mind"}`).contract(t, 202); v["status"] != "cancelled" {
		t.Errorf("cancelled: %v", v["status"])
	}
	o.call(t, manager, "POST", path+"/set-aside", `{"about":"signature"}`).wrong(t, "set aside without a reason", "reason")
	o.call(t, manager, "POST", path+"/send-again", `{}`).wrong(t, "send nothing again", "about")
}

func (o Orchestrate) signing(t *testing.T) {
	id, signer, link := o.Waiting(t)
	path := "/v1/contracts/" + id + "/signing-link"
	token, _ := o.call(t, "", "POST", "/v1/session", body(t, map[string]string{"link": link})).object(t, 200, sessionMembers)["access_token"].(string)
	if got := o.call(t, token, "POST", path, "").object(t, 200, "url:string"); !strings.HasPrefix(got["url"].(string), "http") || !strings.Contains(got["url"].(string), signer) {
		t.Errorf("the link is %v", got)
	}
	o.call(t, o.logIn(t, "manager"), "POST", path, "").refused(t, "who does not sign", http.StatusForbidden, "")
	if v := o.call(t, token, "GET", "/v1/contracts/"+id, "").contract(t, 200); !can(v, "sign") || can(v, "cancel") || len(v["troubles"].([]any)) > 0 {
		t.Errorf("a signer may %v", v["actions"])
	}
}

func (o Orchestrate) attention(t *testing.T) {
	manager := o.logIn(t, "manager")
	id, about, cause := o.Troubled(t)
	v := o.call(t, manager, "GET", "/v1/contracts/"+id, "").contract(t, 200)
	if len(v["troubles"].([]any)) == 0 || v["attention"] == nil || !can(v, "retry") || !can(v, "set_aside") {
		t.Errorf("troubled: %v, %v, %v", v["troubles"], v["attention"], v["actions"])
	}
	listed := false
	for _, c := range o.call(t, manager, "GET", "/v1/attention", "").items(t, causeMembers) {
		listed = listed || c["cause"] == cause && c["contracts"].(float64) >= 1
	}
	if !listed {
		t.Errorf("%s is not listed", cause)
	}
	path := "/v1/attention/" + cause
	foretold := o.call(t, manager, "POST", path+"/retry?dry_run=true", "").object(t, 200, bulkMembers)
	if foretold["dry_run"] != true || foretold["will"] == nil || foretold["done"].(float64) < 1 || foretold["cause"] != cause || foretold["action"] != "retry" {
		t.Errorf("foretold: %v", foretold)
	}
	o.call(t, manager, "POST", path+"/retry?dry_run=maybe", "").wrong(t, "dry_run=maybe", "dry_run")
	o.call(t, manager, "POST", path+"/set-aside", "").wrong(t, "all set aside without a reason", "reason")
	o.call(t, manager, "POST", "/v1/attention/A/retry", "").wrong(t, "what is no cause", "cause")
	aside := o.call(t, manager, "POST", "/v1/contracts/"+id+"/set-aside", body(t, map[string]string{"about": about, "reason": "agreed"})).contract(t, 202)
	if first := aside["troubles"].([]any)[0].(map[string]any); first["set_aside_at"] == nil || aside["attention"] != nil {
		t.Errorf("set aside: %v, %v", first, aside["attention"])
	}
	id, _, cause = o.Troubled(t)
	done := o.call(t, manager, "POST", "/v1/attention/"+cause+"/retry", "").object(t, 200, bulkMembers)
	if done["done"].(float64) < 1 || done["left"] != 0.0 || done["dry_run"] != nil {
		t.Errorf("retried: %v", done)
	}
	if v := o.call(t, manager, "GET", "/v1/contracts/"+id, "").contract(t, 200); len(v["troubles"].([]any)) != 0 || v["attention"] != nil {
		t.Errorf("after that: %v, %v", v["troubles"], v["attention"])
	}
	_, unclear := o.Unsendable(t)
	p := o.call(t, manager, "POST", "/v1/attention/"+unclear+"/retry", "").refused(t, "what is no remedy", 409, "")
	if !strings.Contains(p.Detail, "set_aside") {
		t.Errorf("what is no remedy: %s", p.Detail)
	}
}

func (o Orchestrate) addresses(t *testing.T) {
	manager := o.logIn(t, "manager")
	id, signer, _ := o.Waiting(t)
	path := "/v1/contracts/" + id + "/signers/"
	o.call(t, manager, "PATCH", path+signer, `{"email":"x"}`).wrong(t, "no address", "email")
	o.call(t, manager, "PATCH", path+"nobody", `{"email":"a@example.org"}`).refused(t, "of nobody", 404, "")
	email := newID() + "@example.org"
	got := o.call(t, manager, "PATCH", path+signer, body(t, map[string]string{"email": email}))
	if v := got.contract(t, 200); v["signers"].([]any)[0].(map[string]any)["email"] != email || got.header.Get("ETag") == "" {
		t.Errorf("corrected: %s", got.body)
	}
}
