package orchestrate

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

func TestWhatTheDoorRefusesIsAProblemToo(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for request, status := range map[string]int{
		"GET /": 404, "GET /v1/nothing": 404, "GET /v1": 404, "PUT /v1/contracts": 405, "DELETE /v1/contracts/x": 405, "GET /v1/templates/none": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		got := o.call(t, "marie", method, path, "")
		p := got.problem(t)
		if got.status != status || p.Detail == "" || status == 405 && (got.header.Get("Allow") == "" || !strings.Contains(p.Detail, "GET")) {
			t.Errorf("%s: %d %s, Allow %q", request, got.status, got.body, got.header.Get("Allow"))
		}
	}
}

func TestBodiesAreTakenStrictly(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for name, row := range map[string]struct {
		body, kind string
		status     int
	}{
		"too large":        {`{"title":"` + strings.Repeat("x", bodyLimit) + `"}`, "application/json", 413},
		"no JSON":          {"title=x", "application/x-www-form-urlencoded", 415},
		"no media type":    {"{}", "", 415},
		"two values":       {"{} {}", "application/json", 400},
		"cut off":          {`{"title":`, "application/json", 400},
		"not UTF-8":        {"{\"title\":\"\xff\"}", "application/json", 400},
		"unknown field":    {`{"tittle":"x"}`, "application/json", 422},
		"a name twice":     {`{"title":"x","title":"y"}`, "application/json", 422},
		"twice, deep down": {`{"data":{"a":[{"b":1,"b":2}]}}`, "application/json", 422},
		"another type":     {`{"title":7}`, "application/json; charset=utf-8", 422},
		"null":             {`null`, "application/json", 422},
	} {
		got := o.call(t, "marie", "POST", "/v1/contracts", row.body, "Content-Type", row.kind)
		if got.status != row.status {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, row.status)
		}
		got.problem(t)
	}
	if o.writes != 0 {
		t.Errorf("%d things were written", o.writes)
	}
}

func TestARecordThatIsAwayIsATimeToWait(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.away = true
	for _, request := range []string{"GET /v1/me", "GET /v1/contracts", "GET /v1/contracts/x", "POST /v1/contracts/x/send"} {
		method, path, _ := strings.Cut(request, " ")
		got := o.call(t, "marie", method, path, "")
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", request, got.status, got.header.Get("Retry-After"))
		}
	}
	if got := o.call(t, "", "POST", "/v1/session", rightLogIn); got.status != http.StatusServiceUnavailable {
		t.Errorf("log in: %d", got.status)
	}
}

// TestEveryCallIsForSomeRoles asks every call of the API as everybody: whoever it is not for is refused before
// anything else is looked at.
func TestEveryCallIsForSomeRoles(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.made(t).ID
	people := map[auth.Role]string{
		auth.Customer: "ana", auth.Manager: "max", auth.Administrator: "admin", auth.SignerByLink: fmt.Sprintf("%s/somebody", id),
	}
	for _, r := range (&api{}).calls() {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.NewReplacer("{id}", string(id), "{name}", "service-agreement", "{version}", "1").Replace(path)
		if r.roles != nil {
			if got := o.call(t, "", method, path, ""); got.status != http.StatusUnauthorized {
				t.Errorf("nobody, %s: %d", r.pattern, got.status)
			}
		}
		for role, who := range people {
			admitted := r.roles == nil
			for _, one := range r.roles {
				admitted = admitted || one == role
			}
			if got := o.call(t, who, method, path, ""); !admitted && got.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d, want 403", role, r.pattern, got.status)
			} else if admitted && (got.status == http.StatusUnauthorized && r.roles != nil || got.status >= 500) {
				t.Errorf("%s, %s: %d %s", role, r.pattern, got.status, got.body)
			}
		}
	}
}

func TestPublicKeysVerifyTheTokens(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	got := o.call(t, "", "GET", "/.well-known/jwks.json", "")
	var set struct{ Keys []jwk }
	got.into(t, &set)
	if len(set.Keys) != 1 || set.Keys[0].ID != "session" || set.Keys[0].Algorithm != "EdDSA" || len(set.Keys[0].X) != 43 {
		t.Errorf("keys: %s", got.body)
	}
	if strings.Contains(string(got.body), `"d"`) {
		t.Error("the private half is published")
	}
}

const wantedUser = `{"email":"zoe@paraphe.example","name":"Zoé","role":"manager","password":"a long enough one","locale":"fr"}`

func TestAdministratorsKeepUsersAndDeadLetters(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	made := o.call(t, "admin", "POST", "/v1/users", wantedUser)
	if made.status != http.StatusCreated || strings.Contains(string(made.body), "argon2") {
		t.Errorf("add: %d %s", made.status, made.body)
	}
	if again := o.call(t, "admin", "POST", "/v1/users", wantedUser); again.status != http.StatusConflict {
		t.Errorf("add again: %d", again.status)
	}
	if in := o.call(t, "", "POST", "/v1/session", `{"email":"zoe@paraphe.example","password":"a long enough one"}`); in.status != http.StatusOK {
		t.Errorf("the new user logs in: %d %s", in.status, in.body)
	}
	bad := o.call(t, "admin", "POST", "/v1/users", `{"email":"z","name":"","role":"signer","password":"short","locale":"de"}`)
	if p := bad.problem(t); bad.status != http.StatusUnprocessableEntity || len(p.Fields) != 5 {
		t.Errorf("a bad user: %d %v", bad.status, p.Fields)
	}
	if list := o.call(t, "admin", "GET", "/v1/users", ""); list.status != http.StatusOK || strings.Contains(string(list.body), "argon2") {
		t.Errorf("list: %d %s", list.status, list.body)
	}
	for path, status := range map[string]int{"/v1/dead-letters/d1/replay": 204, "/v1/dead-letters/d2/replay": 404} {
		if got := o.call(t, "admin", "POST", path, ""); got.status != status {
			t.Errorf("%s: %d, want %d", path, got.status, status)
		}
	}
}

func TestTemplatesComeWithTheirSchema(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	var list struct{ Items []templateView }
	o.call(t, "marie", "GET", "/v1/templates", "").into(t, &list)
	if len(list.Items) == 0 || len(list.Items[0].Schema) == 0 || list.Items[0].Title["fr"] == "" {
		t.Fatalf("templates: %+v", list)
	}
	for _, path := range []string{"service-agreement", "service-agreement/1", "service-agreement%2F1"} {
		var one templateView
		o.call(t, "marie", "GET", "/v1/templates/"+path, "").into(t, &one)
		if one.Ref != "service-agreement/1" || len(one.Example) == 0 {
			t.Errorf("%s: %q, an example of %d bytes", path, one.Ref, len(one.Example))
		}
	}
}

// TestABodyThatBreaksOffIsTheClients: the chunks of this one cannot be told apart.
func TestABodyThatBreaksOffIsTheClients(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(o.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.StatusCode != http.StatusBadRequest || strings.Contains(o.log.String(), `"WARN"`) {
		t.Errorf("%s; the log says %s", got.Status, o.log)
	}
}
