package orchestrate

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

// oldHash is the hash of "password" at a cost that nobody pays any more, by the reference implementation.
const oldHash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

func TestAnOldHashIsRenewedAtTheNextLogIn(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	max := o.users["max"]
	max.PasswordHash = oldHash
	o.users["max"] = max
	logIn := func(password string) int {
		return o.call(t, "", "POST", "/v1/session", `{"email":"max@paraphe.example","password":"`+password+`"}`).status
	}
	if got := logIn("wrong"); got != http.StatusUnauthorized || o.users["max"].PasswordHash != oldHash {
		t.Errorf("a wrong password: %d, and the hash is %s", got, o.users["max"].PasswordHash)
	}
	if got := logIn("password"); got != http.StatusOK {
		t.Fatalf("the right one: %d", got)
	}
	renewed := o.users["max"].PasswordHash
	if auth.Outdated(renewed) || !auth.CheckPassword(renewed, "password") {
		t.Errorf("the hash is %s", renewed)
	}
	if got := logIn("password"); got != http.StatusOK || o.users["max"].PasswordHash != renewed {
		t.Errorf("once more: %d, and the hash is renewed again: %t", got, o.users["max"].PasswordHash != renewed)
	}
}

// TestEveryRefusedLogInDoesTheSameWork counts the memory that the comparison fills and not the time that it takes. It is
// not parallel: the memory is the whole process's.
func TestEveryRefusedLogInDoesTheSameWork(t *testing.T) {
	o := openOffice(t)
	closed := o.users["marie"]
	closed.ID, closed.Email, closed.Disabled = "closed", "closed@paraphe.example", true
	o.users["closed"] = closed
	bodies := map[string]string{}
	for who, body := range map[string]string{
		"nobody": `{"email":"nobody@paraphe.example","password":"x"}`, "a wrong password": wrongLogIn,
		"a closed account": `{"email":"closed@paraphe.example","password":"` + password + `"}`, "an account without a password": `{"email":"max@paraphe.example","password":"x"}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := o.call(t, "", "POST", "/v1/session", body)
		runtime.ReadMemStats(&after)
		if filled := after.TotalAlloc - before.TotalAlloc; filled < 19<<20 || filled > 22<<20 {
			t.Errorf("%s: %d bytes were filled, not 19 MiB", who, filled)
		}
		bodies[string(got.body)] = who
		if got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", who, got.status)
		}
	}
	if len(bodies) != 1 {
		t.Errorf("the answers differ: %v", bodies)
	}
}
