package tests

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// scene is a stack with one contract that waits for its signers, and with everybody who may call it.
type scene struct {
	*devstack.Stack
	contract string
	tokens   map[string]string
	ids      map[string]string // of accounts
	state    func() string     // everything on record
	clients  map[string]*persistclient.Client
}

// reply is what came back: its body, and those headers that differ from answer to answer by what is answered.
type reply struct {
	status          int
	body, head, tag string
}

func (r reply) id(t *testing.T) string {
	t.Helper()
	var v struct{ ID string }
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	return v.ID
}

// stillness lets no time pass: a tick at the wrong moment would be taken for what the test did.
func stillness(o *devstack.Options) { o.NoClock = true }

func openScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{Stack: open(t, stillness), tokens: map[string]string{}, ids: map[string]string{}, clients: map[string]*persistclient.Client{}}
	s.state = states(t, s.Stack)
	for _, a := range s.Run.Accounts {
		switch a.Role {
		case "manager":
			s.logIn(t, "its owner", a.Email, a.Password)
		case "customer":
			s.logIn(t, "a customer who signs it", a.Email, a.Password)
		default:
			s.logIn(t, "an administrator", a.Email, a.Password)
		}
	}
	for who, role := range map[string]string{"another manager": "manager", "another customer": "customer"} {
		email := role + "2@paraphe.example"
		made := s.ask(t, "an administrator", "POST", "/v1/users", fmt.Sprintf(`{"email":%q,"name":"Other","role":%q,"password":"a long password","locale":"en"}`, email, role))
		if made.status != http.StatusCreated {
			t.Fatalf("add %s: %d %s", who, made.status, made.body)
		}
		s.logIn(t, who, email, "a long password")
	}
	s.contract = s.sent(t, "its owner", "a signer by its link", "link1@example.org", "customer@paraphe.example")
	s.sent(t, "another manager", "a signer by another's link", "link2@example.org")
	return s
}

func (s *scene) logIn(t *testing.T, who, email, password string) {
	t.Helper()
	s.open(t, who, fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
}

func (s *scene) open(t *testing.T, who, credentials string) {
	t.Helper()
	var in struct {
		Token  string `json:"access_token"`
		Person struct{ ID string }
	}
	got := s.ask(t, "nobody", "POST", "/v1/session", credentials)
	if err := json.Unmarshal([]byte(got.body), &in); err != nil || in.Token == "" {
		t.Fatalf("%s logs in: %d %s", who, got.status, got.body)
	}
	s.tokens[who], s.ids[who] = in.Token, in.Person.ID
}

// draft is a request for a contract that these people sign.
func (s *scene) draft(t *testing.T, signers ...string) string {
	t.Helper()
	var template struct{ Example json.RawMessage }
	if err := json.Unmarshal([]byte(s.ask(t, "its owner", "GET", "/v1/templates/service-agreement", "").body), &template); err != nil {
		t.Fatal(err)
	}
	var people []map[string]string
	for i, email := range signers {
		people = append(people, map[string]string{"first_name": "Zoë", "last_name": "Žižek", "email": email, "phone": fmt.Sprintf("+3360000018%d", i), "locale": "fr"})
	}
	text, err := json.Marshal(map[string]any{"template": "service-agreement", "language": "fr", "title": "Contrat", "data": template.Example, "signers": people,
		"deadline": time.Now().AddDate(0, 0, 30).Format(time.DateOnly)})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s *scene) make(t *testing.T, who string, signers ...string) string {
	t.Helper()
	got := s.ask(t, who, "POST", "/v1/contracts", s.draft(t, signers...))
	if got.status != http.StatusCreated {
		t.Fatalf("make a contract: %d %s", got.status, got.body)
	}
	return got.id(t)
}

// sent makes and sends a contract, and opens the link that the first signer is mailed.
func (s *scene) sent(t *testing.T, who, byLink string, signers ...string) string {
	t.Helper()
	id := s.make(t, who, signers...)
	if got := s.ask(t, who, "POST", "/v1/contracts/"+id+"/send", ""); got.status != http.StatusAccepted {
		t.Fatalf("send: %d %s", got.status, got.body)
	}
	var secret string
	eventually(t, "the notifications are on record as sent", func() bool {
		mails, err := scenario.Mails(t.Context(), s.Run.Mailbox, signers[0])
		if err != nil || len(mails) == 0 {
			return false
		}
		for _, link := range mails[0].Links {
			if _, after, found := strings.Cut(link, "/sign#"); found {
				secret = after
			}
		}
		now := s.ask(t, who, "GET", "/v1/contracts/"+id, "").body
		return secret != "" && strings.Count(now, `"sent_at":"2`) == len(signers)+1 // of the contract, and of each invitation
	})
	s.open(t, byLink, fmt.Sprintf(`{"link":%q}`, secret))
	return id
}

// page is what these tests read of a list.
type page struct {
	Items []struct {
		ID    string
		Owner struct{ ID string }
	}
	Next string
}

func (s *scene) list(t *testing.T, who, query string) page {
	t.Helper()
	var p page
	got := s.ask(t, who, "GET", "/v1/contracts"+query, "")
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != http.StatusOK {
		t.Fatalf("%s lists %s: %d %s", who, query, got.status, got.body)
	}
	return p
}

// ask calls orchestrate as somebody. Whatever it answers has the security headers.
func (s *scene) ask(t *testing.T, who, method, path, body string, header ...string) reply {
	t.Helper()
	ctx, cancel := timeouts.Context(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.Run.Functions["orchestrate"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := s.tokens[who]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(answer.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%s %s lacks the security headers: %v", method, path, answer.Header)
	}
	head := answer.Header.Clone()
	head.Del("Date")
	return reply{answer.StatusCode, string(text), fmt.Sprint(head), answer.Header.Get("ETag")}
}
