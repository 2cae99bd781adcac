package persist

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/httpapi"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// admitted is a client for one of those who may ask a question.
func (r *fixture) admitted(q httpapi.Route) *persistclient.Client {
	if len(q.Allowed.Functions) > 0 {
		return r.function(q.Allowed.Functions[0])
	}
	return r.account(q.Allowed.Roles[0], ids.New()+"@example.org").Client
}

func TestABodyOverItsLimitIsNotTaken(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	id := string(r.made().ID)
	for _, q := range httpapi.Routes {
		method, path, _ := strings.Cut(q.Pattern, " ")
		if method == http.MethodGet || strings.HasSuffix(path, "/replay") || strings.HasSuffix(path, "/selection") || q.Limit > httpapi.BodyLimit {
			continue // they read no body; for files see files_test.go
		}
		path = strings.NewReplacer("{id}", id).Replace(path)
		body := `{"x":"` + strings.Repeat("a", int(q.Limit)) + `"}`
		if status, out := r.ask(r.admitted(q), method, path, body); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d %s", q.Pattern, status, out)
		}
	}
}

// TestMalformedIDsAreTheCallersFault asks every question that names something: the answer is the caller's fault or an
// unknown id's, and never ours.
func TestMalformedIDsAreTheCallersFault(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.made()
	tricks := []string{"..%2f..%2fusers", "%00", "x%0d%0ay", "%ff", "%c0%ae", "'%20OR%20'1'='1", "%25", "é", "*", strings.Repeat("a", 9000), "x%2fhistory", "%5c"}
	for _, q := range httpapi.Routes {
		method, path, _ := strings.Cut(q.Pattern, " ")
		for _, trick := range tricks {
			for _, part := range []string{"{id}", "{digest}"} {
				if !strings.Contains(path, part) {
					continue
				}
				tried := strings.NewReplacer(part, trick, "{id}", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "{digest}", strings.Repeat("a", 64)).Replace(path)
				status, out := r.ask(r.admitted(q), method, tried, "")
				if status != http.StatusNoContent && (status < 400 || status >= 500) || strings.Contains(out, "SQLSTATE") {
					t.Errorf("%s with %.20q: %d %s", q.Pattern, trick, status, out)
				}
			}
		}
	}
	if page, err := r.as(auth.Person{Subject: "' OR '1'='1", Role: auth.Manager}).Contracts(t.Context(), persistclient.Query{Search: "%' OR 1=1 --"}); !errors.Is(err, auth.ErrNotAccepted) || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}
