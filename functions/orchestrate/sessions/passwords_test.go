package sessions_test

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
)

// oldHash is the hash of "password" at a cost that nobody pays any more, by the reference implementation.
const oldHash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

func TestAnOldHashIsRenewedAtTheNextLogIn(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	max := o.Users["max"]
	max.PasswordHash = oldHash
	o.Users["max"] = max
	logIn := func(password string) int {
		return o.Call(t, "", "POST", "/v1/session", `{"email":"max@paraphe.example","password":"`+password+`"}`).Status
	}
	if got := logIn("wrong"); got != http.StatusUnauthorized || o.Users["max"].PasswordHash != oldHash {
		t.Errorf("a wrong password: %d, and the hash is %s", got, o.Users["max"].PasswordHash)
	}
	if got := logIn("password"); got != http.StatusOK {
		t.Fatalf("the right one: %d", got)
	}
	renewed := o.Users["max"].PasswordHash
	if auth.Outdated(renewed) || !auth.CheckPassword(renewed, "password") {
		t.Errorf("the hash is %s", renewed)
	}
	if got := logIn("password"); got != http.StatusOK || o.Users["max"].PasswordHash != renewed {
		t.Errorf("once more: %d, and the hash is renewed again: %t", got, o.Users["max"].PasswordHash != renewed)
	}
}

// TestEveryRefusedLogInDoesTheSameWork counts the memory that the comparison fills and not the time that it takes. It is
// not parallel: the memory is the whole process's.
func TestEveryRefusedLogInDoesTheSameWork(t *testing.T) {
	o := orchestratetest.New(t)
	closed := o.Users["marie"]
	closed.ID, closed.Email, closed.Disabled = "closed", "closed@paraphe.example", true
	o.Users["closed"] = closed
	bodies := map[string]string{}
	for who, body := range map[string]string{
		"nobody": `{"email":"nobody@paraphe.example","password":"x"}`, "a wrong password": testkit.WrongLogin,
		"a closed account": `{"email":"closed@paraphe.example","password":"` + testkit.Password + `"}`, "an account without a password": `{"email":"max@paraphe.example","password":"x"}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := o.Call(t, "", "POST", "/v1/session", body)
		runtime.ReadMemStats(&after)
		if filled := after.TotalAlloc - before.TotalAlloc; filled < 19<<20 || filled > 22<<20 {
			t.Errorf("%s: %d bytes were filled, not 19 MiB", who, filled)
		}
		bodies[string(got.Body)] = who
		if got.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d", who, got.Status)
		}
	}
	if len(bodies) != 1 {
		t.Errorf("the answers differ: %v", bodies)
	}
}
