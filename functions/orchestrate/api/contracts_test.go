package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestAContractIsMadeAndRead(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	got := o.Call(t, "marie", "POST", "/v1/contracts", testkit.ContractBody(t, testkit.With("title", "  Été  ")))
	var v api.ContractView
	got.Into(t, &v)
	if got.Status != http.StatusCreated || got.Header.Get("Location") != "/v1/contracts/"+string(v.ID) {
		t.Errorf("create: %d, Location %q", got.Status, got.Header.Get("Location"))
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
	read := o.Call(t, "marie", "GET", "/v1/contracts/"+string(v.ID), "")
	if read.Status != http.StatusOK || read.Header.Get("ETag") != `"1"` {
		t.Errorf("read: %d, ETag %s", read.Status, read.Header.Get("ETag"))
	}
	for _, tag := range []string{`"1"`, `W/"1"`, `"0", "1"`, "*"} {
		if again := o.Call(t, "marie", "GET", "/v1/contracts/"+string(v.ID), "", "If-None-Match", tag); again.Status != http.StatusNotModified || len(again.Body) > 0 {
			t.Errorf("read again with %s: %d %s", tag, again.Status, again.Body)
		}
	}
	if other := o.Call(t, "marie", "GET", "/v1/contracts/"+string(v.ID), "", "If-None-Match", `"2"`); other.Status != http.StatusOK {
		t.Errorf("read with another tag: %d", other.Status)
	}
}

func TestEveryWrongFieldIsNamedAndNothingWritten(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	ana := map[string]any{"first_name": "Ana", "last_name": "Sol", "email": "ANA@client.example", "phone": "+33612345678", "locale": "fr"}
	for field, change := range map[string]func(map[string]any){
		"template":              testkit.With("template", "marriage/1"),
		"language":              testkit.With("language", "de"),
		"title":                 testkit.With("title", ""),
		"deadline":              testkit.With("deadline", "2026-06-15"), // today
		"data":                  testkit.With("data", []int{1}),
		"signers":               testkit.With("signers", []any{}),
		"owner":                 testkit.With("owner", "max"),
		"ordered":               testkit.With("ordered", "yes"),
		"signers[0].first_name": testkit.WithSigner("first_name", "Ana\r\nBcc: x"),
		"signers[0].last_name":  testkit.WithSigner("last_name", "Иванова"),
		"signers[0].email":      testkit.WithSigner("email", "Ana <ana@client.example>"),
		"signers[0].phone":      testkit.WithSigner("phone", "0612345678"),
		"signers[0].locale":     testkit.WithSigner("locale", "tlh"),
		"signers[1].email": func(m map[string]any) {
			m["signers"] = append(m["signers"].([]any), ana)
		},
		"nickname": testkit.WithSigner("nickname", "A"),
	} {
		got := o.Call(t, "marie", "POST", "/v1/contracts", testkit.ContractBody(t, change))
		p := got.Problem(t)
		if got.Status != http.StatusUnprocessableEntity || len(p.Fields) != 1 || p.Fields[0].Field != field {
			t.Errorf("with a wrong %s: %d, fields %v", field, got.Status, p.Fields)
		}
	}
	got := o.Call(t, "marie", "POST", "/v1/contracts", testkit.ContractBody(t, testkit.With("data", map[string]any{"nothing": "that is asked for"})))
	if p := got.Problem(t); len(p.Fields) < 2 || !strings.HasPrefix(p.Fields[0].Field, "data.") {
		t.Errorf("data that do not fit: %v", p.Fields)
	}
	if o.Writes != 0 {
		t.Errorf("%d things were written", o.Writes)
	}
}

func TestTheSameRequestTwiceMakesOneContract(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	body := testkit.ContractBody(t)
	first := o.Call(t, "marie", "POST", "/v1/contracts", body, "Idempotency-Key", "k-1")
	second := o.Call(t, "marie", "POST", "/v1/contracts", body, "Idempotency-Key", "k-1")
	if first.Status != http.StatusCreated || second.Status != first.Status || string(first.Body) != string(second.Body) || len(o.Contracts) != 1 {
		t.Errorf("%d and %d made %d contracts", first.Status, second.Status, len(o.Contracts))
	}
	other := o.Call(t, "marie", "POST", "/v1/contracts", testkit.ContractBody(t, testkit.With("title", "Autre")), "Idempotency-Key", "k-1")
	if p := other.Problem(t); other.Status != http.StatusUnprocessableEntity || p.Type != persistclient.ReusedType {
		t.Errorf("the key with another request: %d %s", other.Status, p.Type)
	}
	for _, key := range []string{"", "a b", "é", strings.Repeat("k", 256)} {
		if bad := o.Call(t, "marie", "POST", "/v1/contracts", body, "Idempotency-Key", key); bad.Status != http.StatusBadRequest {
			t.Errorf("the key %q: %d", key, bad.Status)
		}
	}
}

func TestSomebodyElsesContractIsNotThere(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := string(o.Made(t).ID)
	for _, path := range []string{"", "/document", "/history"} {
		for _, who := range []string{"max", "another/signer"} {
			if got := o.Call(t, who, "GET", "/v1/contracts/"+id+path, ""); got.Status != http.StatusNotFound {
				t.Errorf("%s GET %s: %d", who, path, got.Status)
			}
		}
	}
	for _, act := range []string{"send", "cancel", "remind", "retry", "signing-link"} {
		if got := o.Call(t, "max", "POST", "/v1/contracts/"+id+"/"+act, ""); got.Status != http.StatusNotFound {
			t.Errorf("max %s: %d", act, got.Status)
		}
	}
}

func TestASignerSeesNoOneElsesNumber(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	second := map[string]any{"first_name": "Ben", "last_name": "Sol", "email": "ben@client.example", "phone": "+33687654321", "locale": "fr"}
	got := o.Call(t, "marie", "POST", "/v1/contracts", testkit.ContractBody(t, func(m map[string]any) { m["signers"] = append(m["signers"].([]any), second) }))
	var v api.ContractView
	got.Into(t, &v)
	o.Change(t, v.ID, func(v *persistclient.View) { v.Troubles = []contract.Trouble{{About: "document", Cause: "stuck"}} })
	seen := o.Call(t, fmt.Sprintf("%s/%s", v.ID, v.Signers[0].ID), "GET", "/v1/contracts/"+string(v.ID), "")
	if text := string(seen.Body); !strings.Contains(text, "+33612345678") || strings.Contains(text, "+33687654321") || strings.Contains(text, "ben@") || strings.Contains(text, "stuck") {
		t.Errorf("a signer sees %s", text)
	}
}

func TestListsTakeGoodQuestionsOnly(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	o.Made(t)
	o.Made(t)
	type page struct {
		Items []api.ContractView
		Next  string
	}
	var first, second page
	o.Call(t, "marie", "GET", "/v1/contracts?status=draft&q=jardin&limit=1&attention=false", "").Into(t, &first)
	o.Call(t, "marie", "GET", "/v1/contracts?limit=1&cursor="+first.Next, "").Into(t, &second)
	if len(first.Items) != 1 || len(second.Items) != 1 || first.Items[0].ID == second.Items[0].ID || first.Next == "" || second.Next != "" {
		t.Errorf("the pages have %d and %d, then %q", len(first.Items), len(second.Items), second.Next)
	}
	if got := o.Call(t, "marie", "GET", "/v1/contracts?status=sent", ""); !strings.Contains(string(got.Body), `"items":[]`) {
		t.Errorf("an empty list is %s", got.Body)
	}
	for field, query := range map[string]string{"status": "status=lost", "limit": "limit=101", "attention": "attention=maybe", "q": "q=%00"} {
		got := o.Call(t, "marie", "GET", "/v1/contracts?"+query, "")
		if p := got.Problem(t); got.Status != http.StatusUnprocessableEntity || !slices.ContainsFunc(p.Fields, func(f function.FieldError) bool { return f.Field == field }) {
			t.Errorf("%s: %d %v", query, got.Status, p.Fields)
		}
	}
}

func TestDocumentsAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	id := o.Made(t).ID
	path := "/v1/contracts/" + string(id) + "/document"
	if got := o.Call(t, "marie", "GET", path, ""); got.Status != http.StatusNotFound {
		t.Errorf("before there is one: %d", got.Status)
	}
	draft := o.Keep("%PDF-1.7 draft")
	o.Change(t, id, func(v *persistclient.View) { v.Document = draft })
	got := o.Call(t, "marie", "GET", path, "")
	if got.Status != http.StatusOK || string(got.Body) != "%PDF-1.7 draft" || got.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the draft: %d %s %s", got.Status, got.Header.Get("Content-Type"), got.Body)
	}
	if again := o.Call(t, "marie", "GET", path+"?version=draft", "", "If-None-Match", got.Header.Get("ETag")); again.Status != http.StatusNotModified {
		t.Errorf("again: %d", again.Status)
	}
	final := o.Keep("%PDF-1.7 signed")
	o.Change(t, id, func(v *persistclient.View) { v.SignedCopy, v.Status = final, contract.Signed })
	if got := o.Call(t, "marie", "GET", path, ""); string(got.Body) != "%PDF-1.7 signed" {
		t.Errorf("once there is a signed one, the document is %s", got.Body)
	}
	if got := o.Call(t, "marie", "GET", path+"?version=../../etc", ""); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown version: %d", got.Status)
	}
}
