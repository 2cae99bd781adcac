package tests

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// callers are the columns of the matrix: each with what they are to the contract that is asked for.
var callers = []string{"its owner", "another manager", "a customer who signs it", "another customer", "an administrator", "a signer by its link", "a signer by another's link", "nobody"}

// matrix is every call of the API, and what each visitor is answered. {id} is the contract, of which each visitor is what
// visitors says. Calls that change something come last.
const matrix = `
GET /.well-known/jwks.json             200 200 200 200 200 200 200 200
POST /v1/session                       422 422 422 422 422 422 422 422
POST /v1/session/refresh               401 401 401 401 401 401 401 401
DELETE /v1/session                     204 204 204 204 204 204 204 204
GET /v1/me                             200 200 200 200 200 200 200 401
POST /v1/me/address                    422 422 422 422 422 403 403 401
GET /v1/templates                      200 200 403 403 200 403 403 401
GET /v1/templates/{name}               200 200 403 403 200 403 403 401
GET /v1/templates/{name}/{version}     200 200 403 403 200 403 403 401
GET /v1/contracts                      200 200 200 200 200 403 403 401
GET /v1/contracts/{id}                 200 404 200 404 200 200 404 401
GET /v1/contracts/{id}/document        200 404 200 404 200 200 404 401
GET /v1/contracts/{id}/history         200 404 200 404 200 200 404 401
GET /v1/users                          403 403 403 403 200 403 403 401
GET /v1/dead-letters                   403 403 403 403 200 403 403 401
GET /v1/attention                      200 200 403 403 200 403 403 401
POST /v1/attention/{cause}/retry       200 200 403 403 200 403 403 401
POST /v1/attention/{cause}/set-aside   422 422 403 403 422 403 403 401
GET /v1/stray-requests                 403 403 403 403 200 403 403 401
POST /v1/stray-requests/{notification}/withdraw 403 403 403 403 404 403 403 401
POST /v1/dead-letters/{notification}/replay  403 403 403 403 404 403 403 401
POST /v1/users                         403 403 403 403 422 403 403 401
POST /v1/contracts                     422 422 403 403 403 403 403 401
POST /v1/contracts/{id}/send           409 404 403 403 403 403 403 401
POST /v1/contracts/{id}/retry          202 404 403 403 202 403 403 401
POST /v1/contracts/{id}/signing-link   403 404 200 404 403 200 404 401
PATCH /v1/contracts/{id}/signers/{signer} 404 404 403 403 404 403 403 401
POST /v1/contracts/{id}/set-aside      422 404 403 403 422 403 403 401
POST /v1/contracts/{id}/send-again     422 404 403 403 422 403 403 401
POST /v1/contracts/{id}/remind         409 404 403 403 403 403 403 401
POST /v1/contracts/{id}/cancel         202 404 403 403 403 403 403 401
`

// none is an id of the right form that no contract has.
const none = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// TestEveryCallAsEverybody runs the matrix against real functions and a real database. What is somebody else's is
// answered as what does not exist, to the byte, and what is refused changes nothing.
func TestEveryCallAsEverybody(t *testing.T) {
	t.Parallel()
	s := openScene(t)
	was, moved := "", true
	for _, line := range strings.Split(strings.TrimSpace(matrix), "\n") {
		fields := strings.Fields(line)
		for i, who := range slices.Backward(callers) { // what its owner sets going comes after what is refused
			refused := fields[2+i] >= "400"
			if refused && moved {
				was, moved = s.settled(t), false
			}
			s.wantCall(t, who, fields[0], fields[1], fields[2+i])
			if moved = moved || !refused; moved {
				continue
			}
			if is := s.state(); is != was {
				t.Errorf("%s, %s %s is refused and changes something:\n%s\nbecame\n%s", who, fields[0], fields[1], was, is)
				was = is
			}
		}
	}
}

// wantCall makes one call of the matrix, for the contract or whatever else there is, and wants this status.
func (s *scene) wantCall(t *testing.T, who, method, pattern, want string) {
	t.Helper()
	path := strings.NewReplacer("{id}", s.contract, "{name}", "service-agreement", "{version}", "1", "{notification}", "unknown", "{cause}", "signature.rejected").Replace(pattern)
	if strings.Contains(pattern, "{id}") {
		unknown := s.ask(t, who, method, strings.Replace(pattern, "{id}", none, 1), body(method, pattern))
		s.wantAsUnknown(t, who, method, path, want, unknown)
		return
	}
	if got := s.ask(t, who, method, path, body(method, pattern)); strconv.Itoa(got.status) != want {
		t.Errorf("%s, %s %s: %d, want %s: %s", who, method, path, got.status, want, got.body)
	}
}

// settled is everything on record once nothing follows any more.
func (s *scene) settled(t *testing.T) string {
	t.Helper()
	was, alike := s.state(), 0
	eventually(t, "nothing changes any more", func() bool {
		is := s.state()
		if alike++; is != was {
			was, alike = is, 0
		}
		return alike >= 5 && s.Broker().Pending() == 0
	})
	return was
}

// wantAsUnknown asks for the contract and wants this status; if that is 404, the whole answer is that for an unknown id.
func (s *scene) wantAsUnknown(t *testing.T, who, method, path, want string, unknown reply) {
	t.Helper()
	got := s.ask(t, who, method, path, body(method, path))
	if strconv.Itoa(got.status) != want {
		t.Errorf("%s, %s %s: %d, want %s: %s", who, method, path, got.status, want, got.body)
	}
	if unknown.status < 400 {
		t.Errorf("%s, %s of a contract that is not there: %d", who, method, unknown.status)
	}
	if got.status == http.StatusNotFound && (got.body != unknown.body || got.head != unknown.head) {
		t.Errorf("%s, %s %s tells of a contract:\n%s%s\n%s%s", who, method, path, got.head, got.body, unknown.head, unknown.body)
	}
}

// body is what a call is sent: nothing that it would act upon, except where it has nothing to be told.
func body(method, path string) string {
	if method == "POST" && (path == "/v1/session" || path == "/v1/me/address" || path == "/v1/users" || path == "/v1/contracts") {
		return "{}"
	}
	return ""
}

// patterns are the method and path of everything that a table in this file answers.
func patterns(t *testing.T, file string) (all []string) {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\{"([A-Z]+ /\S+)", `).FindAllStringSubmatch(string(source), -1) {
		all = append(all, m[1])
	}
	if len(all) < 20 {
		t.Fatalf("%s answers %v", file, all)
	}
	return all
}

func TestTheMatrixHasEveryCall(t *testing.T) {
	t.Parallel()
	var calls, rows []string
	for _, call := range patterns(t, "../functions/orchestrate/routes.go") {
		calls = append(calls, strings.NewReplacer("dead-letters/{id}", "dead-letters/{notification}", "stray-requests/{id}", "stray-requests/{notification}").Replace(call))
	}
	for _, line := range strings.Split(strings.TrimSpace(matrix), "\n") {
		fields := strings.Fields(line)
		rows = append(rows, fields[0]+" "+fields[1])
		if len(fields) != 2+len(callers) {
			t.Errorf("%s has %d columns", rows[len(rows)-1], len(fields)-2)
		}
	}
	slices.Sort(calls)
	slices.Sort(rows)
	if !slices.Equal(calls, rows) {
		t.Errorf("the API has %v,\nthe matrix %v", calls, rows)
	}
}

// TestNoCallAnswersWithAnothersData: keys that were used, cursors and tags that were given out.
func TestNoCallAnswersWithAnothersData(t *testing.T) {
	t.Parallel()
	s := openScene(t)
	path := "/v1/contracts/" + s.contract
	tag := s.ask(t, "its owner", "GET", path, "").tag
	document := s.ask(t, "its owner", "GET", path+"/document", "").tag
	if tag == "" || document == "" {
		t.Fatalf("the tags are %q and %q", tag, document)
	}
	for _, given := range []string{tag, document, "*", "W/" + tag} {
		for _, end := range []string{"", "/document", "/history"} {
			if got := s.ask(t, "another manager", "GET", path+end, "", "If-None-Match", given); got.status != http.StatusNotFound || got.tag != "" {
				t.Errorf("GET %s with %s: %d, ETag %q", end, given, got.status, got.tag)
			}
		}
	}
	s.make(t, "its owner", "second@example.org")
	page := s.list(t, "its owner", "?limit=1")
	if page.Next == "" {
		t.Fatal("there is no next page")
	}
	for _, other := range []string{"another manager", "another customer"} {
		for _, item := range s.list(t, other, "?cursor="+page.Next).Items {
			if item.Owner.ID != s.ids[other] {
				t.Errorf("%s sees %s by a cursor", other, item.ID)
			}
		}
	}
	const key = "the-same-key"
	draft := s.draft(t, "third@example.org")
	first := s.ask(t, "its owner", "POST", "/v1/contracts", draft, "Idempotency-Key", key)
	again := s.ask(t, "its owner", "POST", "/v1/contracts", draft, "Idempotency-Key", key)
	foreign := s.ask(t, "another manager", "POST", "/v1/contracts", draft, "Idempotency-Key", key)
	if first.status != http.StatusCreated || again.body != first.body || foreign.status != http.StatusCreated || foreign.id(t) == first.id(t) {
		t.Errorf("made %d %s, again %s, by another %d %s", first.status, first.id(t), again.id(t), foreign.status, foreign.id(t))
	}
	retry := s.ask(t, "its owner", "POST", path+"/retry", "", "Idempotency-Key", "retry-key")
	if got := s.ask(t, "another manager", "POST", path+"/retry", "", "Idempotency-Key", "retry-key"); retry.status != http.StatusAccepted || got.status != http.StatusNotFound {
		t.Errorf("retrying %d, by another with the same key %d", retry.status, got.status)
	}
	if got := s.list(t, "another customer", ""); len(got.Items) != 0 {
		t.Errorf("a stranger's list has %d", len(got.Items))
	}
	if what := fmt.Sprint(s.list(t, "another manager", "?q=third%40example.org").Items); strings.Contains(what, first.id(t)) {
		t.Error("a search finds somebody else's contract")
	}
}
