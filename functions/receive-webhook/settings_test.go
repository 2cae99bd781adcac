package receivewebhook

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// boot is a Boot that says nothing and publishes nowhere.
func boot() function.Boot {
	return function.Boot{Name: "receive-webhook", Now: time.Now, Log: slog.New(slog.DiscardHandler), Publish: &published{}}
}

// settings are good ones. The tests that use them set the process's environment, so they do not run side by side.
func settings(t *testing.T, changed map[string]string) {
	t.Helper()
	all := map[string]string{
		"FUNCTION_KEY":          "receive-webhook:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
		"SEAL_KEYS":             "k1:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
		"WEBHOOK_ADDRESS_LISTS": lists(t, "yousign.main", "57.130.41.144/28"), "TRUSTED_PROXIES": "", "WEBHOOK_SECRETS": "main:" + secret,
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
		"WEBHOOK_ADDRESS_LISTS": {"", "/nowhere", lists(t, "yousign.second", "192.0.2.1"), lists(t, "yousign.main", ""), lists(t, "yousign.main", "yousign.app")},
		"TRUSTED_PROXIES":       {"10.0.0.0/8,", "0.0.0.0/0", "the-proxy"},
		"WEBHOOK_SECRETS":       {secret, "main:", "main:fifteen-letters", "main:" + secret + ",", ",main:" + secret, "main:" + secret + ", ,", "a/b:" + secret, ":" + secret},
		"SIGNATURE_ENVIRONMENT": {"test", "Sandbox"},
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

// lists makes a folder of address lists with one file in it.
func lists(t *testing.T, name, text string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestEachSlotHasItsOwnProofs: two slots differ in address list and secret, and a token opens at its own alone. A slot
// without a secret is no route.
func TestEachSlotHasItsOwnProofs(t *testing.T) {
	folder := lists(t, "yousign.main", "57.130.41.144/28")
	if err := os.WriteFile(filepath.Join(folder, "yousign.second"), []byte("192.0.2.1"), 0o600); err != nil {
		t.Fatal(err)
	}
	const other = "another secret of this length"
	settings(t, map[string]string{"WEBHOOK_ADDRESS_LISTS": folder, "WEBHOOK_SECRETS": "main:" + secret + ",second:" + other, "WEBHOOK_HEADER": "X-Youtrust-Signature-256"})
	f, err := New(boot())
	if err != nil {
		t.Fatal(err)
	}
	keys := auth.SealKeys{{ID: "k1"}}
	for name, c := range map[string]struct {
		slot, sealedFor, from, secret string
		want                          int
	}{
		"main":                       {"main", "main", listed, secret, 200},
		"second":                     {"second", "second", "192.0.2.1:1", other, 200},
		"the other's address":        {"second", "second", listed, other, 403},
		"the other's secret":         {"second", "second", "192.0.2.1:1", secret, 401},
		"the other's token":          {"second", "main", "192.0.2.1:1", other, 403},
		"a slot that does not exist": {"third", "third", listed, secret, 404},
	} {
		body := message(sealed(t, keys, func(m *auth.Sealed) { m.Slot = auth.Slot(c.sealedFor) }))
		w := knock(f.Routes, body, func(r *http.Request) {
			r.URL.Path, r.RemoteAddr = "/yousign/"+c.slot, c.from
			r.Header.Del(header)
			r.Header.Set("X-Youtrust-Signature-256", sign(body, c.secret))
		})
		if w.Code != c.want {
			t.Errorf("%s: got %d, want %d", name, w.Code, c.want)
		}
	}
}

func TestNoRouteWithoutASecret(t *testing.T) {
	for _, none := range []string{"", "  "} {
		settings(t, map[string]string{"WEBHOOK_SECRETS": none})
		f, err := New(boot())
		if err != nil || f.Routes != nil {
			t.Errorf("%q: got %v, %v", none, f, err)
		}
	}
}
