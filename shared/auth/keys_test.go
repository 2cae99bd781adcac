package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

// seed is the n-th key of these tests, as a setting writes it.
func seed(n byte) string {
	key := make([]byte, 32)
	key[0] = n
	return base64.RawURLEncoding.EncodeToString(key)
}

// private makes signing keys with these names; the key of a name is always the same.
func private(t *testing.T, names ...string) (keys auth.PrivateKeys) {
	t.Helper()
	for _, name := range names {
		if err := keys.Decode(name + ":" + seed(name[0]^name[len(name)-1])); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestKeysAreReadFromASetting(t *testing.T) {
	t.Parallel()
	setting := " new:" + seed(1) + " , old:" + seed(2) + "= "
	var signing auth.PrivateKeys
	var sealing auth.SealKeys
	var public auth.PublicKeys
	for _, decode := range []func(string) error{signing.Decode, sealing.Decode, public.Decode} {
		if err := decode(setting); err != nil {
			t.Fatal(err)
		}
	}
	if len(signing) != 2 || signing[0].ID != "new" || signing[1].Key().Seed()[0] != 2 {
		t.Error("the private keys are not those of the setting, in its order")
	}
	if len(sealing) != 2 || sealing[0].ID != "new" || sealing[1].Key[0] != 2 || public["old"][0] != 2 {
		t.Error("the other keys are not those of the setting, in its order")
	}
}

// TestPublicKeysAreWrittenAsTheyAreRead: the public halves of one setting are another function's setting.
func TestPublicKeysAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	signing := private(t, "alpha", "beta")
	var read auth.PublicKeys
	if err := read.Decode(signing.Public().String()); err != nil {
		t.Fatal(err)
	}
	for _, k := range signing {
		if !read[k.ID].Equal(k.Key().Public().(ed25519.PublicKey)) {
			t.Errorf("%s came back as another key", k.ID)
		}
	}
}

func TestWrongKeySettingsAreRefusedUnseen(t *testing.T) {
	t.Parallel()
	good := seed(7)
	for _, wrong := range []string{
		"", " ", ",", "k1", "k1:", ":" + good, good, "k1:" + good + ",", ",k1:" + good, "k1:" + good + ",,k2:" + good,
		"k1:" + good[:40], "k1:" + good + "AAAA", "k 1:" + good, "k.1:" + good, "k/1:" + good, "é:" + good,
		strings.Repeat("k", 33) + ":" + good, "k1:" + strings.Repeat("!", 43), "k1=" + good, "k1:" + good + "\nk2:" + good,
		"k1:" + strings.Repeat("+", 43), "k1:k2:" + good,
	} {
		var signing auth.PrivateKeys
		var sealing auth.SealKeys
		var public auth.PublicKeys
		for _, decode := range []func(string) error{signing.Decode, sealing.Decode, public.Decode} {
			err := decode(wrong)
			if err == nil {
				t.Errorf("%q was taken", wrong)
			} else if strings.Contains(err.Error(), good[:10]) {
				t.Errorf("the error shows a key: %v", err)
			}
		}
	}
}

// TestTheSameNameTwiceIsAMistake: which of the two is meant would depend on the kind of key.
func TestTheSameNameTwiceIsAMistake(t *testing.T) {
	t.Parallel()
	setting := "k1:" + seed(1) + ",k1:" + seed(2)
	var signing auth.PrivateKeys
	var sealing auth.SealKeys
	var public auth.PublicKeys
	for _, decode := range []func(string) error{signing.Decode, sealing.Decode, public.Decode} {
		if decode(setting) == nil {
			t.Error("two keys of one name were taken")
		}
	}
}
