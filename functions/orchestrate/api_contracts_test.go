package orchestrate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// wanted is a good request for a contract, changed as a test likes.
func wanted(t testing.TB, change ...func(m map[string]any)) string {
	t.Helper()
	template, found := templates.Find("service-agreement")
	if !found {
		t.Fatal("there is no service agreement")
	}
	m := map[string]any{
		"template": "service-agreement", "language": "fr", "title": "Entretien des jardins", "deadline": "2026-07-15",
		"data":    json.RawMessage(template.Example()),
		"signers": []any{map[string]any{"first_name": "Ana", "last_name": "Œuvrard-D'Été", "email": "ana@client.example", "phone": "+33612345678", "locale": "fr"}},
	}
	for _, f := range change {
		f(m)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func set(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m[name] = value }
}

func setSigner(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m["signers"].([]any)[0].(map[string]any)[name] = value }
}

// made makes a contract of marie's and returns it.
func (o *office) made(t *testing.T) contractView {
	t.Helper()
	got := o.call(t, "marie", "POST", "/v1/contracts", wanted(t))
	if got.status != http.StatusCreated {
		t.Fatalf("create: %d %s", got.status, got.body)
	}
	var v contractView
	got.into(t, &v)
	return v
}

func TestAContractIsMadeAndRead(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	got := o.call(t, "marie", "POST", "/v1/contracts", wanted(t, set("title", "  Été  ")))
	var v contractView
	got.into(t, &v)
	if got.status != http.StatusCreated || got.header.Get("Location") != "/v1/contracts/"+string(v.ID) {
		t.Errorf("create: %d, Location %q", got.status, got.header.Get("Location"))
	}
	if len(v.ID) != 26 || strings.Trim(string(v.ID), "abcdefghijklmnopqrstuvwxyz234567") != "" {
		t.Errorf("the id %q is not 26 characters of base32", v.ID)
	}
	if v.Title != "Été" || v.Template != "service-agreement/1" || v.Deadline != "2026-07-15" || v.Owner.ID != "marie" {
		t.Errorf("made %+v", v)
	}
	if !slices.Equal(v.Actions, []string{"send", "cancel"}) {
		t.Errorf("the owner may %v", v.Actions)
	}
	read := o.call(t, "marie", "GET", "/v1/contracts/"+string(v.ID), "")
	if read.status != http.StatusOK || read.header.Get("ETag") != `"1"` {
		t.Errorf("read: %d, ETag %s", read.status, read.header.Get("ETag"))
	}
	for _, tag := range []string{`"1"`, `W/"1"`, `"0", "1"`, "*"} {
		if again := o.call(t, "marie", "GET", "/v1/contracts/"+string(v.ID), "", "If-None-Match", tag); again.status != http.StatusNotModified || len(again.body) > 0 {
			t.Errorf("read again with %s: %d %s", tag, again.status, again.body)
		}
	}
	if other := o.call(t, "marie", "GET", "/v1/contracts/"+string(v.ID), "", "If-None-Match", `"2"`); other.status != http.StatusOK {
		t.Errorf("read with another tag: %d", other.status)
	}
}

func TestEveryWrongFieldIsNamedAndNothingWritten(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ana := map[string]any{"first_name": "Ana", "last_name": "Sol", "email": "ANA@client.example", "phone": "+33612345678", "locale": "fr"}
	for field, change := range map[string]func(map[string]any){
		"template":              set("template", "marriage/1"),
		"language":              set("language", "de"),
		"title":                 set("title", ""),
		"deadline":              set("deadline", "2026-06-15"), // today
		"data":                  set("data", []int{1}),
		"signers":               set("signers", []any{}),
		"owner":                 set("owner", "max"),
		"ordered":               set("ordered", "yes"),
		"signers[0].first_name": setSigner("first_name", "Ana\r\nBcc: x"),
		"signers[0].last_name":  setSigner("last_name", "Иванова"),
		"signers[0].email":      setSigner("email", "Ana <ana@client.example>"),
		"signers[0].phone":      setSigner("phone", "0612345678"),
		"signers[0].locale":     setSigner("locale", "tlh"),
		"signers[1].email": func(m map[string]any) {
			m["signers"] = append(m["signers"].([]any), ana)
		},
		"nickname": setSigner("nickname", "A"),
	} {
		got := o.call(t, "marie", "POST", "/v1/contracts", wanted(t, change))
		p := got.problem(t)
		if got.status != http.StatusUnprocessableEntity || len(p.Fields) != 1 || p.Fields[0].Field != field {
			t.Errorf("with a wrong %s: %d, fields %v", field, got.status, p.Fields)
		}
	}
	got := o.call(t, "marie", "POST", "/v1/contracts", wanted(t, set("data", map[string]any{"nothing": "that is asked for"})))
	if p := got.problem(t); len(p.Fields) < 2 || !strings.HasPrefix(p.Fields[0].Field, "data.") {
		t.Errorf("data that do not fit: %v", p.Fields)
	}
	if o.writes != 0 {
		t.Errorf("%d things were written", o.writes)
	}
}

func TestTitlesAndDeadlines(t *testing.T) {
	t.Parallel()
	for title, good := range map[string]bool{
		"Contrat n° 7 – « Été » & Cie": true, strings.Repeat("é", 128): true, strings.Repeat("é", 129): false,
		"<b>": false, "a\nb": false, "a\u202eb": false, "a\x00": false, "契約": false,
	} {
		if why := whyNoTitle(title); (why == "") != good {
			t.Errorf("the title %q: %q", title, why)
		}
	}
	for day, good := range map[string]bool{
		"2026-06-14": false, "2026-06-15": false, "2026-06-16": true, "2027-06-15": true, "2027-06-16": false, "2026-02-30": false, "": false, "16/06/2026": false,
	} {
		at, why := deadlineOn(day, noon)
		if (why == "") != good || good && dayOf(at) != day {
			t.Errorf("the deadline %q: %s, %q", day, at, why)
		}
	}
	for phone, good := range map[string]bool{"+33612345678": true, "+8613800138000": false, "+0612345678": false, "33612345678": false, "+33 6 12 34 56 78": false} {
		if why := whyNoPhone(phone); (why == "") != good {
			t.Errorf("the phone number %q: %q", phone, why)
		}
	}
	for typed, kept := range map[string]string{"a@b.fr": "a@b.fr", " a@bücher.fr ": "a@xn--bcher-kva.fr", "x@[127.0.0.1]": "", "x@-a.b": "", strings.Repeat("a", 60) + "@" + strings.Repeat("b", 37) + ".fr": ""} {
		var wrong faults
		if got := wrong.email("email", typed, emailLimit); (len(wrong) == 0) != (kept != "") || kept != "" && got != kept {
			t.Errorf("the address %q is kept as %q, %v", typed, got, wrong)
		}
	}
}

func TestTheSameRequestTwiceMakesOneContract(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	body := wanted(t)
	first := o.call(t, "marie", "POST", "/v1/contracts", body, "Idempotency-Key", "k-1")
	second := o.call(t, "marie", "POST", "/v1/contracts", body, "Idempotency-Key", "k-1")
	if first.status != http.StatusCreated || second.status != first.status || string(first.body) != string(second.body) || len(o.contracts) != 1 {
		t.Errorf("%d and %d made %d contracts", first.status, second.status, len(o.contracts))
	}
	other := o.call(t, "marie", "POST", "/v1/contracts", wanted(t, set("title", "Autre")), "Idempotency-Key", "k-1")
	if p := other.problem(t); other.status != http.StatusUnprocessableEntity || p.Type != persistclient.ReusedType {
		t.Errorf("the key with another request: %d %s", other.status, p.Type)
	}
	for _, key := range []string{"", "a b", "é", strings.Repeat("k", 256)} {
		if bad := o.call(t, "marie", "POST", "/v1/contracts", body, "Idempotency-Key", key); bad.status != http.StatusBadRequest {
			t.Errorf("the key %q: %d", key, bad.status)
		}
	}
}

func TestSomebodyElsesContractIsNotThere(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := string(o.made(t).ID)
	for _, path := range []string{"", "/document", "/history"} {
		for _, who := range []string{"max", "another/signer"} {
			if got := o.call(t, who, "GET", "/v1/contracts/"+id+path, ""); got.status != http.StatusNotFound {
				t.Errorf("%s GET %s: %d", who, path, got.status)
			}
		}
	}
	for _, act := range []string{"send", "cancel", "remind", "retry", "signing-link"} {
		if got := o.call(t, "max", "POST", "/v1/contracts/"+id+"/"+act, ""); got.status != http.StatusNotFound {
			t.Errorf("max %s: %d", act, got.status)
		}
	}
}

func TestASignerSeesNoOneElsesNumber(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	second := map[string]any{"first_name": "Ben", "last_name": "Sol", "email": "ben@client.example", "phone": "+33687654321", "locale": "fr"}
	got := o.call(t, "marie", "POST", "/v1/contracts", wanted(t, func(m map[string]any) { m["signers"] = append(m["signers"].([]any), second) }))
	var v contractView
	got.into(t, &v)
	o.change(t, v.ID, func(v *persistclient.View) { v.Troubles = []contract.Trouble{{About: "document", Cause: "stuck"}} })
	seen := o.call(t, fmt.Sprintf("%s/%s", v.ID, v.Signers[0].ID), "GET", "/v1/contracts/"+string(v.ID), "")
	if text := string(seen.body); !strings.Contains(text, "+33612345678") || strings.Contains(text, "+33687654321") || strings.Contains(text, "ben@") || strings.Contains(text, "stuck") {
		t.Errorf("a signer sees %s", text)
	}
}

func TestListsTakeGoodQuestionsOnly(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.made(t)
	var list struct {
		Items []contractView
		Next  string
	}
	o.call(t, "marie", "GET", "/v1/contracts?status=draft&q=jardin&limit=5&attention=false", "").into(t, &list)
	if len(list.Items) != 1 || list.Next != "the-next" {
		t.Errorf("the list has %d, then %q", len(list.Items), list.Next)
	}
	if got := o.call(t, "marie", "GET", "/v1/contracts?status=sent", ""); !strings.Contains(string(got.body), `"items":[]`) {
		t.Errorf("an empty list is %s", got.body)
	}
	for field, query := range map[string]string{"status": "status=lost", "limit": "limit=101", "attention": "attention=maybe", "q": "q=%00"} {
		got := o.call(t, "marie", "GET", "/v1/contracts?"+query, "")
		if p := got.problem(t); got.status != http.StatusUnprocessableEntity || !slices.ContainsFunc(p.Fields, func(f function.FieldError) bool { return f.Field == field }) {
			t.Errorf("%s: %d %v", query, got.status, p.Fields)
		}
	}
}

func TestDocumentsAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.made(t).ID
	path := "/v1/contracts/" + string(id) + "/document"
	if got := o.call(t, "marie", "GET", path, ""); got.status != http.StatusNotFound {
		t.Errorf("before there is one: %d", got.status)
	}
	draft := o.keep("%PDF-1.7 draft")
	o.change(t, id, func(v *persistclient.View) { v.Document = draft })
	got := o.call(t, "marie", "GET", path, "")
	if got.status != http.StatusOK || string(got.body) != "%PDF-1.7 draft" || got.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the draft: %d %s %s", got.status, got.header.Get("Content-Type"), got.body)
	}
	if again := o.call(t, "marie", "GET", path+"?version=draft", "", "If-None-Match", got.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("again: %d", again.status)
	}
	final := o.keep("%PDF-1.7 signed")
	o.change(t, id, func(v *persistclient.View) { v.SignedCopy, v.Status = final, contract.Signed })
	if got := o.call(t, "marie", "GET", path, ""); string(got.body) != "%PDF-1.7 signed" {
		t.Errorf("once there is a signed one, the document is %s", got.body)
	}
	if got := o.call(t, "marie", "GET", path+"?version=../../etc", ""); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown version: %d", got.status)
	}
}
