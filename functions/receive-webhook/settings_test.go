package receivewebhook

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// boot is a Boot that says nothing and publishes nowhere.
func boot() function.Boot {
	return function.Boot{Name: "receive-webhook", Now: time.Now, Log: slog.New(slog.DiscardHandler), Publish: &said{}}
}

// settings are good ones. The tests that use them set the process's environment, so they do not run side by side.
func settings(t *testing.T, changed map[string]string) {
	t.Helper()
	all := map[string]string{
		"FUNCTION_KEY":      "receive-webhook:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
		"SEAL_KEYS":         "k1:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
		"WEBHOOK_ADDRESSES": "57.130.41.144/28, 52.143.162.31,2001:db8::/32", "TRUSTED_PROXIES": "", "WEBHOOK_SECRETS": secret,
	}
	for k, v := range changed {
		all[k] = v
	}
	for k, v := range all {
		t.Setenv(k, v)
	}
}

func TestSettingsThatAreWrongAreRefused(t *testing.T) {
	for name, values := range map[string][]string{
		"FUNCTION_KEY":          {"", "receive-webhook:short", "persist:" + strings.Repeat("A", 43)},
		"SEAL_KEYS":             {"", " ", "k1:short"},
		"WEBHOOK_ADDRESSES":     {"", "57.130.41.144/33", "yousign.app", "1.2.3.4,,5.6.7.8", "1.2.3.4,", "0.0.0.0/0", "::/0", "::ffff:1.2.3.0/120", "fe80::1%eth0", "1.2.3.4:80"},
		"TRUSTED_PROXIES":       {"10.0.0.0/8,", "0.0.0.0/0", "the-proxy"},
		"WEBHOOK_SECRETS":       {"fifteen-letters", secret + ",", "," + secret, secret + ", ,"},
		"SIGNATURE_ENVIRONMENT": {"test", "Sandbox"},
		"WEBHOOK_SLOT":          {"", "a/b", "{slot}"},
		"WEBHOOK_HEADER":        {"", "X Signature", "X-Sig:"},
	} {
		for _, value := range values {
			t.Run(name+" "+value, func(t *testing.T) {
				settings(t, map[string]string{name: value})
				_, err := New(boot())
				if err == nil || !strings.Contains(err.Error(), name) || !strings.HasPrefix(err.Error(), "receive-webhook: ") {
					t.Fatalf("got %v", err)
				}
				if len(value) > 3 && strings.Contains(err.Error(), value) {
					t.Errorf("the error shows the value: %v", err)
				}
			})
		}
	}
}

func TestTheDoorIsWhereTheSettingsSay(t *testing.T) {
	settings(t, map[string]string{"WEBHOOK_HEADER": "X-Youtrust-Signature-256", "WEBHOOK_SLOT": "second", "WEBHOOK_ADDRESSES": "192.0.2.1"})
	f, err := New(boot())
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/yousign/second", strings.NewReader("{}"))
	r.Header.Set("X-Youtrust-Signature-256", sign([]byte("{}"), secret))
	w := httptest.NewRecorder()
	f.Routes.ServeHTTP(w, r) // from 192.0.2.1, as httptest has it
	if w.Code != http.StatusBadRequest {
		t.Errorf("a signed message without content: got %d", w.Code)
	}
}

func TestWithoutASecretThereIsNoDoor(t *testing.T) {
	for _, none := range []string{"", "  "} {
		settings(t, map[string]string{"WEBHOOK_SECRETS": none})
		f, err := New(boot())
		if err != nil || f.Routes != nil {
			t.Errorf("%q: got %v, %v", none, f, err)
		}
	}
}
