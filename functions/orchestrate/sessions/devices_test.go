package sessions_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

// NewBehindProxies is an orchestrate that sees where people come from.
func NewBehindProxies(t *testing.T) *orchestratetest.Fixture {
	return orchestratetest.New(t, func(s *orchestratetest.Settings) { s.TrustedProxies = testkit.DefaultProxies(t) })
}

// from logs in from an address, with a cookie if one is given.
func from(t *testing.T, o *orchestratetest.Fixture, address, body, cookie string) orchestratetest.Response {
	t.Helper()
	header := []string{"X-Forwarded-For", address}
	if cookie != "" {
		header = append(header, "Cookie", cookie)
	}
	return o.Call(t, "", "POST", "/v1/session", body, header...)
}

// slowedDown fails to log in until it has to wait, and returns for how long.
func slowedDown(t *testing.T, o *orchestratetest.Fixture, address, body, cookie string) time.Duration {
	t.Helper()
	for range 20 {
		switch got := from(t, o, address, body, cookie); got.Status {
		case http.StatusUnauthorized:
		case http.StatusTooManyRequests:
			seconds, err := strconv.Atoi(got.Header.Get("Retry-After"))
			if err != nil {
				t.Fatalf("it does not say how long: %v", err)
			}
			return time.Duration(seconds) * time.Second
		default:
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	t.Fatal("it never has to wait")
	return 0
}

const somewhere, elsewhere = "198.51.100.1", "203.0.113.1"

// TestNobodyWaitsForTheFailuresOfOthers: whoever guesses at an account makes nobody wait who comes from elsewhere, or has
// logged in to it before; and nobody at another account.
func TestNobodyWaitsForTheFailuresOfOthers(t *testing.T) {
	t.Parallel()
	o := NewBehindProxies(t)
	device := orchestratetest.CookieOf(t, from(t, o, somewhere, testkit.RightLogin, ""), orchestratetest.CookieNames.Device)
	cookie := orchestratetest.CookieNames.Device + "=" + device.Value
	if device.MaxAge < int((300*24*time.Hour).Seconds()) || strings.Contains(device.Value, "marie") {
		t.Errorf("the device's cookie is %s", device)
	}
	wait := slowedDown(t, o, somewhere, testkit.WrongLogin, "")
	max := o.Users["max"]
	max.PasswordHash = testkit.PasswordHash()
	o.Users["max"] = max
	for who, row := range map[string]struct {
		address, body, cookie string
		status                int
	}{
		"the same network":                 {somewhere, testkit.RightLogin, "", 429},
		"a neighbour in it":                {"198.51.100.254", testkit.RightLogin, "", 429},
		"… who spells the address another": {somewhere, strings.Replace(testkit.RightLogin, "marie@", " MARIE@", 1), "", 429},
		"another network":                  {elsewhere, testkit.RightLogin, "", 200},
		"the browser of before":            {somewhere, testkit.RightLogin, cookie, 200},
		"… in another network":             {elsewhere, testkit.RightLogin, cookie, 200},
		"another account there":            {somewhere, strings.Replace(testkit.RightLogin, "marie", "max", 1), "", 200},
	} {
		if got := from(t, o, row.address, row.body, row.cookie); got.Status != row.status {
			t.Errorf("%s: %d, want %d", who, got.Status, row.status)
		}
	}
	o.Wait(wait)
	if got := from(t, o, somewhere, testkit.RightLogin, ""); got.Status != http.StatusOK {
		t.Errorf("%s later: %d", wait, got.Status)
	}
}

// TestADevicesFailuresAreItsOwn, and they make nobody wait but itself.
func TestADevicesFailuresAreItsOwn(t *testing.T) {
	t.Parallel()
	o := NewBehindProxies(t)
	cookie := orchestratetest.CookieNames.Device + "=" + orchestratetest.CookieOf(t, from(t, o, somewhere, testkit.RightLogin, ""), orchestratetest.CookieNames.Device).Value
	slowedDown(t, o, somewhere, testkit.WrongLogin, cookie)
	if got := from(t, o, elsewhere, testkit.RightLogin, cookie); got.Status != http.StatusTooManyRequests {
		t.Errorf("the browser from elsewhere: %d", got.Status)
	}
	if got := from(t, o, somewhere, testkit.RightLogin, ""); got.Status != http.StatusOK {
		t.Errorf("its network: %d", got.Status)
	}
}

// TestWhatCannotBeGuessedIsNotCounted: a token of an issuer is taken whatever others sent before.
func TestWhatCannotBeGuessedIsNotCounted(t *testing.T) {
	t.Parallel()
	o, _, address := orchestratetest.NewWithIssuer(t)
	for range 150 {
		if got := o.Exchange(t, "a.b.c"); got.Status != http.StatusUnauthorized {
			t.Fatalf("rubbish: %d", got.Status)
		}
	}
	if got := o.Exchange(t, address.Valid()); got.Status != http.StatusOK {
		t.Errorf("a right one: %d %s", got.Status, got.Body)
	}
}
