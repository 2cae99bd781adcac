package devstack

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/phone"
	"github.com/paraphe/paraphe/shared/function"
)

func newPhone(t *testing.T) *httptest.Server {
	t.Helper()
	p, err := phone.Open(phone.Options{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(withSMSNetwork(p))
	t.Cleanup(s.Close)
	return s
}

func TestAnSMSReachesThePhoneOverHTTP(t *testing.T) {
	t.Parallel()
	s := newPhone(t)
	smsSender{to: s.URL, client: function.NewClient(smsTimeout), log: slog.New(slog.DiscardHandler)}.send("+33600000001", "Your code is 123456.", "123456")
	answer, err := http.Get(s.URL + "/api/messages?to=%2B33600000001")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var shown []phone.Message
	if err := json.NewDecoder(answer.Body).Decode(&shown); err != nil || len(shown) != 1 || shown[0].Code != "123456" || shown[0].Text != "Your code is 123456." {
		t.Errorf("the phone shows %+v, %v", shown, err)
	}
}

func TestAMalformedSMSIsRefused(t *testing.T) {
	t.Parallel()
	s := newPhone(t)
	for _, body := range []string{"", "{}", "[]", `{"to":""}`, `{"to":"+33600000001","text":"` + strings.Repeat("a", 5000) + `"}`} {
		answer, err := http.Post(s.URL+"/api/messages", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%.40q: %s", body, answer.Status)
		}
	}
}

func TestALostSMSIsLogged(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	var log bytes.Buffer
	smsSender{to: s.URL, client: function.NewClient(smsTimeout), log: slog.New(slog.NewJSONHandler(&log, nil))}.send("+33600000001", "code", "123456")
	if output := log.String(); !strings.Contains(output, "SMS not delivered") || strings.Contains(output, "123456") {
		t.Errorf("logged is %s", output)
	}
}

func TestTheFirstWebhookSecretSigns(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{"word": "word", "main:word": "word", "main:word,main:old": "word", " main:word , other:x": "word"} {
		if got := firstSecret(setting); got != want {
			t.Errorf("%q: %q, want %q", setting, got, want)
		}
	}
}

// TestAServerNamesTheMissingSetting sets the environment, so it is not parallel.
func TestAServerNamesTheMissingSetting(t *testing.T) {
	t.Setenv("ADMINISTRATOR", "nobody")
	t.Setenv("PAGES_URL", "http://localhost:1")
	t.Setenv("MAILBOX_URL", "http://localhost:1")
	t.Setenv("PHONE_URL", "http://localhost:1")
	for name, open := range Servers {
		if _, err := open(function.NewBoot(name)); err == nil || !strings.Contains(err.Error(), name+": the setting KEPT_IN is missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := PlayScenario(t.Context(), function.NewBoot("scenario"), io.Discard); err == nil || !strings.Contains(err.Error(), "ADMINISTRATOR is malformed: it must be e-mail:password") {
		t.Errorf("scenario: %v", err)
	}
}
