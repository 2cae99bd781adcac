package sessions_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

func TestAdministratorsKeepUsersAndDeadLetters(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	made := o.Call(t, "admin", "POST", "/v1/users", orchestratetest.UserBody)
	if made.Status != http.StatusCreated || strings.Contains(string(made.Body), "argon2") {
		t.Errorf("add: %d %s", made.Status, made.Body)
	}
	if again := o.Call(t, "admin", "POST", "/v1/users", orchestratetest.UserBody); again.Status != http.StatusConflict {
		t.Errorf("add again: %d", again.Status)
	}
	if in := o.Call(t, "", "POST", "/v1/session", `{"email":"zoe@paraphe.example","password":"a long enough one"}`); in.Status != http.StatusOK {
		t.Errorf("the new user logs in: %d %s", in.Status, in.Body)
	}
	bad := o.Call(t, "admin", "POST", "/v1/users", `{"email":"z","name":"","role":"signer","password":"short","locale":"de"}`)
	if p := bad.Problem(t); bad.Status != http.StatusUnprocessableEntity || len(p.Fields) != 5 {
		t.Errorf("a bad user: %d %v", bad.Status, p.Fields)
	}
	if list := o.Call(t, "admin", "GET", "/v1/users", ""); list.Status != http.StatusOK || strings.Contains(string(list.Body), "argon2") {
		t.Errorf("list: %d %s", list.Status, list.Body)
	}
	dead := o.AddDeadLetter(t)
	for path, status := range map[string]int{"/v1/dead-letters/" + dead.ID + "/replay": 204, "/v1/dead-letters/another/replay": 404} {
		if got := o.Call(t, "admin", "POST", path, ""); got.Status != status {
			t.Errorf("%s: %d, want %d", path, got.Status, status)
		}
	}
}
