package sessions

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/shared/auth"
)

func TestADeviceIsKnownToTheAccountsThatLoggedInThere(t *testing.T) {
	t.Parallel()
	at, names := testkit.Noon, CookiesOf("https://paraphe.example")
	a := &API{Config: Config{Tokens: auth.Sessions{Private: testkit.Key(t, "session")}, Now: func() time.Time { return at }}, cookies: names}
	// logsIn is what a browser with this cookie has after somebody logged in.
	logsIn := func(account, cookie string) string {
		w, r := httptest.NewRecorder(), &http.Request{Header: http.Header{"Cookie": {names.Device + "=" + cookie}}}
		a.rememberDevice(rest.Call{W: w, R: r}, account)
		for _, set := range w.Result().Cookies() {
			if set.Name == names.Device {
				return set.Value
			}
		}
		t.Fatalf("no cookie is set: %v", w.Header())
		return ""
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
		"cut": cookie[:len(cookie)-1], "nothing": "", "dots": "..", "many": strings.Repeat("~", 5000), "another's key": (&API{Config: Config{Tokens: auth.Sessions{Private: testkit.Key(t, "other")}}}).
			deviceProof("x", testkit.Noon, "d@x.example", testkit.Key(t, "other")[0]), "another time": strings.Replace(cookie, strconv.FormatInt(testkit.Noon.Unix(), 10), strconv.FormatInt(testkit.Noon.Unix()+1, 10), 1),
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
