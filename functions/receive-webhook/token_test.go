package receivewebhook

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

// TestOnlyOurOwnTokensOpen: everything here is rightly signed, so only the third proof stands before the broker.
func TestOnlyOurOwnTokensOpen(t *testing.T) {
	t.Parallel()
	token := sealed(t, seals(), nil)
	for name, wrong := range map[string]string{
		"another key of the same name": sealed(t, auth.SealKeys{{ID: "new", Key: [32]byte{9}}}, nil),
		"an unknown key":               sealed(t, auth.SealKeys{{ID: "x", Key: [32]byte{1}}}, nil),
		"production":                   sealed(t, seals(), func(m *auth.Sealed) { m.Environment = "production" }),
		"another slot":                 sealed(t, seals(), func(m *auth.Sealed) { m.Slot = "second" }),
		"no slot":                      sealed(t, seals(), func(m *auth.Sealed) { m.Slot = "" }),
		"no environment":               sealed(t, seals(), func(m *auth.Sealed) { m.Environment = "" }),
		"another service":              sealed(t, seals(), func(m *auth.Sealed) { m.Service = "docuseal" }),
		"the key's name exchanged":     strings.Replace(token, ".new.", ".old.", 1),
		"no version":                   strings.TrimPrefix(token, "p1."),
		"another version":              "p2" + strings.TrimPrefix(token, "p1"),
		"padded":                       token + "=",
		"a blank behind":               token + " ",
		"twice":                        token + token,
		"too long":                     token + strings.Repeat("A", 255),
		"the contract in clear":        string(ourContract),
		"an empty box":                 "p1.new.",
		"a nonce of zeros":             "p1.new." + base64.RawURLEncoding.EncodeToString(make([]byte, 80)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuse403(t, message(wrong))
		})
	}
	for i := range token {
		refuse403(t, message(token[:i]))
		changed := []byte(token)
		changed[i] = "AB"[btoi(token[i] == 'A')]
		refuse403(t, message(string(changed)))
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func refuse403(t *testing.T, body []byte) {
	t.Helper()
	h, broker, _ := newTestHandler()
	if w := knock(h, body, nil); w.Code != http.StatusForbidden || len(broker.events) != 0 {
		t.Errorf("%s: got %d, said %v", body, w.Code, broker.events)
	}
}

func TestTheFlagOfTheEnvironmentMustMatch(t *testing.T) {
	t.Parallel()
	token := sealed(t, seals(), nil)
	for _, flag := range []string{`"sandbox":false`, `"sandbox":null`, `"no":true`} {
		refuse403(t, []byte(strings.Replace(string(message(token)), `"sandbox":true`, flag, 1)))
	}
}

// TestATokenSpeaksForItsOwnContractOnly: whichever request it is put beside, the event is about the contract that
// is sealed in it, and about that token.
func TestATokenSpeaksForItsOwnContractOnly(t *testing.T) {
	t.Parallel()
	h, broker, _ := newTestHandler()
	other := sealed(t, seals(), func(m *auth.Sealed) { m.Contract = otherContract })
	if w := knock(h, message(other), nil); w.Code != http.StatusOK || broker.events[0].Subject != otherContract {
		t.Errorf("got %d, %+v", w.Code, broker.events)
	}
}

func TestATokenOfThePreviousKeyOpens(t *testing.T) {
	t.Parallel()
	h, broker, _ := newTestHandler()
	if w := knock(h, message(sealed(t, seals()[1:], nil)), nil); w.Code != http.StatusOK || len(broker.events) != 1 {
		t.Errorf("got %d", w.Code)
	}
}
