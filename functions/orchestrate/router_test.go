package orchestrate_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
)

func TestWhatTheDoorRefusesIsAProblemToo(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	for request, status := range map[string]int{
		"GET /": 404, "GET /v1/nothing": 404, "GET /v1": 404, "PUT /v1/contracts": 405, "DELETE /v1/contracts/x": 405, "GET /v1/templates/none": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		got := o.Call(t, "marie", method, path, "")
		p := got.Problem(t)
		if got.Status != status || p.Detail == "" || status == 405 && (got.Header.Get("Allow") == "" || !strings.Contains(p.Detail, "GET")) {
			t.Errorf("%s: %d %s, Allow %q", request, got.Status, got.Body, got.Header.Get("Allow"))
		}
	}
}

func TestBodiesAreTakenStrictly(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	for name, row := range map[string]struct {
		body, kind string
		status     int
	}{
		"too large":        {`{"title":"` + strings.Repeat("x", rest.BodyLimit) + `"}`, "application/json", 413},
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
		got := o.Call(t, "marie", "POST", "/v1/contracts", row.body, "Content-Type", row.kind)
		if got.Status != row.status {
			t.Errorf("%s: %d %s, want %d", name, got.Status, got.Body, row.status)
		}
		got.Problem(t)
	}
	if o.Writes != 0 {
		t.Errorf("%d things were written", o.Writes)
	}
}

func TestARecordThatIsAwayIsATimeToWait(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	o.Away = true
	for _, request := range []string{"GET /v1/me", "GET /v1/contracts", "GET /v1/contracts/x", "POST /v1/contracts/x/send"} {
		method, path, _ := strings.Cut(request, " ")
		got := o.Call(t, "marie", method, path, "")
		if got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", request, got.Status, got.Header.Get("Retry-After"))
		}
	}
	if got := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin); got.Status != http.StatusServiceUnavailable {
		t.Errorf("log in: %d", got.Status)
	}
}

// TestEveryCallIsForSomeRoles asks every call of the API as everybody: whoever it is not for is refused before
// anything else is looked at.
func TestEveryCallIsForSomeRoles(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	v := o.Made(t)
	id := v.ID
	people := map[auth.Role]string{
		auth.Customer: "ana", auth.Manager: "max", auth.Administrator: "admin", auth.SignerByLink: fmt.Sprintf("%s/%s", id, v.Signers[0].ID),
	}
	for _, r := range orchestrate.Calls(nil, nil) {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{id}", string(id), "{name}", "service-agreement", "{version}", "1").Replace(path)
		if r.Roles != nil {
			if got := o.Call(t, "", method, path, ""); got.Status != http.StatusUnauthorized {
				t.Errorf("nobody, %s: %d", r.Pattern, got.Status)
			}
		}
		for role, who := range people {
			admitted := r.Roles == nil
			for _, one := range r.Roles {
				admitted = admitted || one == role
			}
			if got := o.Call(t, who, method, path, ""); !admitted && got.Status != http.StatusForbidden {
				t.Errorf("%s, %s: %d, want 403", role, r.Pattern, got.Status)
			} else if admitted && (got.Status == http.StatusUnauthorized && r.Roles != nil || got.Status >= 500) {
				t.Errorf("%s, %s: %d %s", role, r.Pattern, got.Status, got.Body)
			}
		}
	}
}

func TestPublicKeysVerifyTheTokens(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	got := o.Call(t, "", "GET", "/.well-known/jwks.json", "")
	var set struct{ Keys []sessions.JWK }
	got.Into(t, &set)
	if len(set.Keys) != 1 || set.Keys[0].ID != "session" || set.Keys[0].Algorithm != "EdDSA" || len(set.Keys[0].X) != 43 {
		t.Errorf("keys: %s", got.Body)
	}
	if strings.Contains(string(got.Body), `"d"`) {
		t.Error("the private half is published")
	}
}

// TestABodyThatBreaksOffIsTheClients: the chunks of this one cannot be told apart.
func TestABodyThatBreaksOffIsTheClients(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(o.Address, "http://"))
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
	if got.StatusCode != http.StatusBadRequest || strings.Contains(o.Log.String(), `"WARN"`) {
		t.Errorf("%s; the log says %s", got.Status, o.Log)
	}
}
