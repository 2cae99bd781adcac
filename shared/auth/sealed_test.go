package auth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

// taken is what Yousign takes as external_id (its API reference): everything that is sealed must fit.
var taken = regexp.MustCompile(`^[\w\-@.%+]{1,255}$`)

func sealKeys(names ...string) (keys auth.SealKeys) {
	for _, name := range names {
		keys = append(keys, auth.SealKey{ID: name, Key: [32]byte{name[0]}})
	}
	return keys
}

func message() auth.Sealed {
	return auth.Sealed{SealContext: home, Contract: "abcdefghijklmnopqrstuvwxyz", Attempt: 3}
}

// home is where the messages of these tests come back to.
var home = auth.SealContext{Service: "yousign", Environment: "sandbox", Slot: "main"}

func seal(t testing.TB, keys auth.SealKeys) string {
	t.Helper()
	token, err := keys.Seal(message())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// notOurs fails unless the token is refused under these keys.
func notOurs(t *testing.T, keys auth.SealKeys, what, token string, at auth.SealContext) {
	t.Helper()
	got, err := keys.Open(token, at)
	if !errors.Is(err, auth.ErrNotOurs) || got != (auth.Sealed{}) {
		t.Errorf("%s: opened as %+v, %v", what, got, err)
	}
	if err != nil && len(token) > 20 && strings.Contains(err.Error(), token) {
		t.Errorf("%s: the error shows the token", what)
	}
}

func TestASealedMessageComesBack(t *testing.T) {
	t.Parallel()
	keys := sealKeys("k1")
	got, err := keys.Open(seal(t, keys), home)
	if err != nil || got != message() {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestASealedMessageShowsNothing(t *testing.T) {
	t.Parallel()
	keys := sealKeys("k1")
	seen := make(map[string]bool)
	for range 100 {
		token := seal(t, keys)
		if seen[token] {
			t.Fatal("the same message was sealed the same way twice")
		}
		seen[token] = true
		box, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, "p1.k1."))
		if err != nil || strings.Contains(string(box), "yousign") || strings.Contains(token, "abcdefgh") {
			t.Errorf("%s shows what is in it: %v", token, err)
		}
	}
}

// TestASealedMessageFitsTheServices: the longest one that the system makes, under the longest name of a key.
func TestASealedMessageFitsTheServices(t *testing.T) {
	t.Parallel()
	long := message()
	long.Environment, long.Slot, long.Attempt = "production", auth.Slot(strings.Repeat("s", 32)), 999_999
	for _, name := range []string{"k", "key_of-2026", strings.Repeat("k", 32)} {
		token, err := sealKeys(name).Seal(long)
		if err != nil || !taken.MatchString(token) || len(token) > auth.SealedLimit {
			t.Errorf("%d characters: %q, %v", len(token), token, err)
		}
	}
}

func TestWhatWouldNotFitIsNotSealed(t *testing.T) {
	t.Parallel()
	long := message()
	long.Service = strings.Repeat("s", 150)
	if token, err := sealKeys("k1").Seal(long); err == nil {
		t.Errorf("sealed in %d characters", len(token))
	}
	if _, err := (auth.SealKeys{}).Seal(message()); err == nil {
		t.Error("sealed without a key")
	}
}

// TestEveryByteOfASealedMessageCounts changes every character into every other of its alphabet, and every bit of
// what is sealed.
func TestEveryByteOfASealedMessageCounts(t *testing.T) {
	t.Parallel()
	keys := sealKeys("k1", "k2")
	token := seal(t, keys)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="
	for i := range token {
		for _, other := range []byte(alphabet) {
			if other != token[i] {
				notOurs(t, keys, "changed", token[:i]+string(other)+token[i+1:], home)
			}
		}
		notOurs(t, keys, "cut", token[:i], home)
		notOurs(t, keys, "without its beginning", token[i+1:], home)
	}
	head := "p1.k1."
	box, _ := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, head))
	for bit := range len(box) * 8 {
		box[bit/8] ^= 1 << (bit % 8)
		notOurs(t, keys, "bit", head+base64.RawURLEncoding.EncodeToString(box), home)
		box[bit/8] ^= 1 << (bit % 8)
	}
}

// TestASealedMessageIsWrittenInOneWay: where the last character carries bits that mean nothing, they must be zero.
func TestASealedMessageIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	keys := sealKeys("k1")
	for attempt := 1; attempt <= 1000; attempt *= 10 { // every length modulo three
		m := message()
		m.Attempt = attempt
		token, err := keys.Seal(m)
		if err != nil {
			t.Fatal(err)
		}
		last := len(token) - 1
		notOurs(t, keys, "the last bits", token[:last]+string(nextOf(token[last])), home)
	}
}

func TestOtherFormsOfASealedMessageAreNone(t *testing.T) {
	t.Parallel()
	keys := sealKeys("k1", "k2")
	token, other := seal(t, keys), seal(t, keys)
	box := strings.TrimPrefix(token, "p1.k1.")
	for what, wrong := range map[string]string{
		"nothing": "", "dots": "..", "head only": "p1.k1.", "no key": "p1.." + box, "no version": ".k1." + box, "version 2": "p2.k1." + box,
		"upper case": "P1.k1." + box, "padded": token + "=", "a line end inside": token[:40] + "\n" + token[40:], "blank before": " " + token,
		"another part": token + ".x", "twice": token + token, "spliced": token[:60] + other[60:], "escaped": strings.ReplaceAll(token, ".", "%2E"),
		"the second key's name": "p1.k2." + box, "an unknown key": "p1.k3." + box, "a nonce alone": "p1.k1." + strings.Repeat("A", 16),
		"zeros": "p1.k1." + strings.Repeat("A", 160), "huge": token + strings.Repeat("A", 1<<20), "standard base64": "p1.k1." + strings.Repeat("+", 120),
	} {
		notOurs(t, keys, what, wrong, home)
	}
}

func TestSealedMessagesOpenInOneContextOnly(t *testing.T) {
	t.Parallel()
	keys := sealKeys("k1")
	token := seal(t, keys)
	for _, seal := range []auth.SealContext{
		{"yousign", "production", "main"}, {"docuseal", "sandbox", "main"}, {"yousign", "sandbox", "second"}, {"", "sandbox", "main"},
		{"yousign", "", "main"}, {"yousign", "sandbox", ""}, {"Yousign", "sandbox", "main"}, {"yousign", "sandboxmain", ""}, {},
	} {
		notOurs(t, keys, fmt.Sprint(seal), token, seal)
	}
}

// TestKeysRotate: a new key is put first, the old one opens what it sealed until it is taken out.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	old := seal(t, sealKeys("a"))
	if got, err := sealKeys("b", "a").Open(old, home); err != nil || got != message() {
		t.Errorf("during the rotation: %v", err)
	}
	if fresh := seal(t, sealKeys("b", "a")); !strings.HasPrefix(fresh, "p1.b.") {
		t.Errorf("the first key does not seal: %s", fresh)
	}
	notOurs(t, sealKeys("b"), "after the rotation", old, home)
	notOurs(t, auth.SealKeys{{ID: "a", Key: [32]byte{99}}}, "another key of that name", old, home)
	notOurs(t, nil, "no keys", old, home)
}

func FuzzOpen(f *testing.F) {
	keys := sealKeys("k1", "k2")
	real := seal(f, keys)
	f.Add(real)
	f.Add("p1.k1.")
	f.Add("p1.k2." + strings.TrimPrefix(real, "p1.k1."))
	f.Fuzz(func(t *testing.T, token string) {
		got, err := keys.Open(token, home)
		if err != nil {
			return
		}
		_, box, _ := strings.Cut(strings.TrimPrefix(token, "p1."), ".")
		sealed, err := base64.RawURLEncoding.DecodeString(box)
		if got != message() || err != nil || base64.RawURLEncoding.EncodeToString(sealed) != box {
			t.Errorf("%q opened as %+v", token, got)
		}
	})
}
