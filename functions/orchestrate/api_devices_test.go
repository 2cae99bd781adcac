package orchestrate

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
)

// guarded is an office that sees where people come from.
func guarded(t *testing.T) *office {
	return openOffice(t, func(s *Settings) { s.TrustedProxies = defaultProxies(t) })
}

// from logs in from an address, with a cookie if one is given.
func (o *office) from(t *testing.T, address, body, cookie string) answer {
	t.Helper()
	header := []string{"X-Forwarded-For", address}
	if cookie != "" {
		header = append(header, "Cookie", cookie)
	}
	return o.call(t, "", "POST", "/v1/session", body, header...)
}

// slowedDown fails to log in until it has to wait, and returns for how long.
func (o *office) slowedDown(t *testing.T, address, body, cookie string) time.Duration {
	t.Helper()
	for range 20 {
		switch got := o.from(t, address, body, cookie); got.status {
		case http.StatusUnauthorized:
		case http.StatusTooManyRequests:
			seconds, err := strconv.Atoi(got.header.Get("Retry-After"))
			if err != nil {
				t.Fatalf("it does not say how long: %v", err)
			}
			return time.Duration(seconds) * time.Second
		default:
			t.Fatalf("%d %s", got.status, got.body)
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
	o := guarded(t)
	device := cookieOf(t, o.from(t, somewhere, rightLogIn, ""), names.device)
	cookie := names.device + "=" + device.Value
	if device.MaxAge < int((300*24*time.Hour).Seconds()) || strings.Contains(device.Value, "marie") {
		t.Errorf("the device's cookie is %s", device)
	}
	wait := o.slowedDown(t, somewhere, wrongLogIn, "")
	max := o.users["max"]
	max.PasswordHash = passwordHash()
	o.users["max"] = max
	for who, row := range map[string]struct {
		address, body, cookie string
		status                int
	}{
		"the same network":                 {somewhere, rightLogIn, "", 429},
		"a neighbour in it":                {"198.51.100.254", rightLogIn, "", 429},
		"… who spells the address another": {somewhere, strings.Replace(rightLogIn, "marie@", " MARIE@", 1), "", 429},
		"another network":                  {elsewhere, rightLogIn, "", 200},
		"the browser of before":            {somewhere, rightLogIn, cookie, 200},
		"… in another network":             {elsewhere, rightLogIn, cookie, 200},
		"another account there":            {somewhere, strings.Replace(rightLogIn, "marie", "max", 1), "", 200},
	} {
		if got := o.from(t, row.address, row.body, row.cookie); got.status != row.status {
			t.Errorf("%s: %d, want %d", who, got.status, row.status)
		}
	}
	o.wait(wait)
	if got := o.from(t, somewhere, rightLogIn, ""); got.status != http.StatusOK {
		t.Errorf("%s later: %d", wait, got.status)
	}
}

// TestADevicesFailuresAreItsOwn, and they make nobody wait but itself.
func TestADevicesFailuresAreItsOwn(t *testing.T) {
	t.Parallel()
	o := guarded(t)
	cookie := names.device + "=" + cookieOf(t, o.from(t, somewhere, rightLogIn, ""), names.device).Value
	o.slowedDown(t, somewhere, wrongLogIn, cookie)
	if got := o.from(t, elsewhere, rightLogIn, cookie); got.status != http.StatusTooManyRequests {
		t.Errorf("the browser from elsewhere: %d", got.status)
	}
	if got := o.from(t, somewhere, rightLogIn, ""); got.status != http.StatusOK {
		t.Errorf("its network: %d", got.status)
	}
}

func TestADeviceIsKnownToTheAccountsThatLoggedInThere(t *testing.T) {
	t.Parallel()
	at := noon
	a := &api{sessions: auth.Sessions{Private: keyOf(t, "session")}, now: func() time.Time { return at }, cookies: names}
	// logsIn is what a browser with this cookie has after somebody logged in.
	logsIn := func(account, cookie string) string {
		w, r := httptest.NewRecorder(), &http.Request{Header: http.Header{"Cookie": {names.device + "=" + cookie}}}
		a.rememberDevice(call{w: w, r: r}, account)
		return cookieOf(t, answer{header: w.Header()}, names.device).Value
	}
	knows := func(cookie, account string) bool { name, _ := a.knownDevice(cookie, account); return name != "" }
	cookie := ""
	for _, account := range []string{"a@x.example", "b@x.example", "c@x.example", "b@x.example", "d@x.example"} {
		cookie = logsIn(account, cookie)
	}
	for _, account := range []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example"} {
		if !knows(cookie, account) || knows(cookie, account+"x") {
			t.Errorf("%s is not known, or somebody else is", account)
		}
	}
	if fifth := logsIn("e@x.example", cookie); knows(fifth, "a@x.example") || !knows(fifth, "e@x.example") || !knows(fifth, "c@x.example") || len(fifth) > 400 {
		t.Errorf("after a fifth account the cookie is %s", fifth)
	}
	for what, wrong := range map[string]string{
		"cut": cookie[:len(cookie)-1], "nothing": "", "dots": "..", "many": strings.Repeat("~", 5000), "another's key": (&api{sessions: auth.Sessions{Private: keyOf(t, "other")}}).
			deviceProof("x", noon, "d@x.example", keyOf(t, "other")[0]), "another time": strings.Replace(cookie, strconv.FormatInt(noon.Unix(), 10), strconv.FormatInt(noon.Unix()+1, 10), 1),
	} {
		if what != "cut" && knows(wrong, "d@x.example") || what == "cut" && knows(wrong, "a@x.example") {
			t.Errorf("%s: it is known", what)
		}
	}
	at = at.Add(deviceLife + time.Second)
	if knows(cookie, "d@x.example") {
		t.Error("it is known for ever")
	}
}

// TestWhatCannotBeGuessedIsNotCounted: a token of an issuer is taken whatever others sent before.
func TestWhatCannotBeGuessedIsNotCounted(t *testing.T) {
	t.Parallel()
	o, _, door := trusting(t)
	for range 150 {
		if got := o.exchange(t, "a.b.c"); got.status != http.StatusUnauthorized {
			t.Fatalf("rubbish: %d", got.status)
		}
	}
	if got := o.exchange(t, door.Valid()); got.status != http.StatusOK {
		t.Errorf("a right one: %d %s", got.status, got.body)
	}
}
