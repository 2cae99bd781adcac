package mailbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// search asks as SendGrid's search is asked, and returns the status and how many mails it showed.
func (s service) search(t *testing.T, query string, key string) (status, shown int) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v3/messages?limit=5&query="+url.QueryEscape(query), nil)
	r.Header.Set("Authorization", "Bearer "+key)
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	var found struct{ Messages []map[string]any }
	if json.Unmarshal(text, &found) != nil {
		return answer.StatusCode, -1
	}
	return answer.StatusCode, len(found.Messages)
}

func TestTheSearchFindsMailsByCustomArgs(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for _, notification := range []string{"invitation", "invitation", "reminder"} {
		s.post(t, body(map[string]any{"custom_args": map[string]string{"contract": "c1", "kind": notification}}))
	}
	for query, want := range map[string]int{
		"":                               3,
		`unique_args['contract']="c1"`:   3,
		`(unique_args['contract']="c2")`: 0,
		`unique_args['contract']="c1" AND unique_args['kind']="reminder"`:     1,
		`(unique_args['contract']="c1") AND (unique_args['kind']="reminder")`: 1,
		`to_email="zoe@example.org" AND unique_args['kind']="invitation"`:     2,
		`unique_args['nobody']="knows"`:                                       0,
	} {
		if status, shown := s.search(t, query, "key"); status != http.StatusOK || shown != want {
			t.Errorf("%s: %d with %d mails, want %d", query, status, shown, want)
		}
	}
	for _, query := range []string{`subject="x"`, `unique_args['contract']=c1`, `unique_args['contract']="c1" OR to_email="x"`} {
		if status, _ := s.search(t, query, "key"); status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, status)
		}
	}
	if status, _ := s.search(t, "", "other"); status != http.StatusUnauthorized {
		t.Errorf("with another key: %d", status)
	}
}

func TestSearchingFailsAsConfigured(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	s.post(t, body(nil))
	for faults, want := range map[*Faults][2]int{
		{}:                       {200, 1},
		{Search: SearchBlind}:    {200, 0},
		{Search: SearchBabbles}:  {200, -1},
		{Search: SearchMissing}:  {404, 0},
		{Search: SearchFails}:    {500, 0},
		{Search: SearchLimited}:  {429, 0},
		{Then: Revoked}:          {401, 0},
		{Then: FailsLate}:        {200, 1},
		{SearchLag: 60_000}:      {200, 0},
		{SearchLag: 0, Then: ""}: {200, 1},
	} {
		s.box.Misbehave(*faults)
		if status, shown := s.search(t, "", "key"); [2]int{status, shown} != want {
			t.Errorf("%+v: %d with %d mails, want %v", *faults, status, shown, want)
		}
	}
	s.box.o.Now = func() time.Time { return noon.Add(time.Minute) }
	s.box.Misbehave(Faults{SearchLag: 60_000})
	if _, shown := s.search(t, "", "key"); shown != 1 {
		t.Error("a mail is still missing when the search has caught up")
	}
}

func TestAFaultLastsUntilItIsReplaced(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	s.box.Misbehave(Faults{Next: []Fault{FailsLate}, Then: Revoked, RetryAfter: 9})
	output := func() string {
		answer, text := s.post(t, body(nil))
		return fmt.Sprintf("%d %t %s", answer.StatusCode, strings.Contains(text, `"field":"from"`), answer.Header.Get("Retry-After"))
	}
	steps := []struct {
		then Fault
		want string
	}{{Revoked, "500 false "}, {Revoked, "401 false "}, {Forbidden, "403 false "}, {BadSender, "400 true "}, {Unavailable, "503 false 9"}, {None, "202 false "}}
	for i, step := range steps {
		if i > 0 {
			s.box.Misbehave(Faults{Then: step.then, RetryAfter: 9})
		}
		if got := output(); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
	if mails := s.mails(t, ""); len(mails) != 2 || s.box.Asked() != len(steps) {
		t.Errorf("%d mails were kept, of %d", len(mails), s.box.Asked())
	}
}
