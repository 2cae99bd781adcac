package tests

import (
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/shared/persistclient"
)

// asking is the client of a function, made once: there are thousands of questions.
func (s *scene) asking(t *testing.T, name string) *persistclient.Client {
	t.Helper()
	if s.clients[name] == nil {
		s.clients[name] = asking(t, s.Stack, name)
	}
	return s.clients[name]
}

// ways are how a person's token may come to persist without orchestrate.
func (s *scene) ways(t *testing.T, who, method, path string) map[string]http.Header {
	t.Helper()
	token := s.tokens[who]
	all := map[string]http.Header{
		"alone": {"Authorization": {"Bearer " + token}}, "alone, where it stands beside another": {persistclient.PersonHeader: {token}},
		"twice": {"Authorization": {"Bearer " + token}, persistclient.PersonHeader: {token}},
	}
	for name := range s.Run.Functions {
		r, err := http.NewRequestWithContext(t.Context(), method, s.Run.Functions["persist"]+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if name == "orchestrate" { // its token for another question, out of a log
			r.URL.Path = "/contracts/" + none
		}
		if err := s.asking(t, name).As(token).Authorize(r); err != nil {
			t.Fatal(err)
		}
		all["beside one of "+name] = r.Header
	}
	return all
}

// wanted is the body of a question that would change something.
func wanted(pattern string) string {
	switch pattern {
	case "POST /contracts/{id}/actions":
		return `{"kind":"cancel","version":4}`
	case "POST /users":
		return `{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","email":"x@example.org","name":"X","role":"administrator","locale":"en","password_hash":"$argon2id$x"}`
	}
	return "{}"
}
