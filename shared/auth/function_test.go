package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
)

// functionKeys are persist's: one for each function that may speak, by its name.
func functionKeys(t *testing.T) auth.PublicKeys {
	t.Helper()
	return private(t, "orchestrate", "send-mail").Public()
}

func functionBody() claims {
	return claims{"iss": "paraphe-functions", "aud": "persist", "sub": "send-mail", "jti": "1",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix()}
}

func functionHead() claims {
	return claims{"alg": "EdDSA", "typ": "paraphe-function+jwt", "kid": "send-mail"}
}

func notAFunction(t *testing.T, what, token string, at time.Time) {
	t.Helper()
	if name, err := auth.ReadFunction(token, functionKeys(t), at); !errors.Is(err, auth.ErrNotAccepted) || name != "" {
		t.Errorf("%s: speaks for %q, %v", what, name, err)
	}
}

func TestAFunctionSpeaksForAMinute(t *testing.T) {
	t.Parallel()
	token, err := auth.MintFunction("send-mail", private(t, "send-mail"), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{0, -29 * time.Second, time.Minute, 89 * time.Second} {
		if name, err := auth.ReadFunction(token, functionKeys(t), now.Add(at)); err != nil || name != "send-mail" {
			t.Errorf("after %s: %q, %v", at, name, err)
		}
	}
	notAFunction(t, "too late", token, now.Add(91*time.Second))
	notAFunction(t, "too early", token, now.Add(-31*time.Second))
}

// TestAFunctionSpeaksForItselfOnly: neither by asking the library nor by signing somebody else's name.
func TestAFunctionSpeaksForItselfOnly(t *testing.T) {
	t.Parallel()
	mine := private(t, "send-mail")
	for _, name := range []string{"orchestrate", "", "Send-Mail", "send-mail_2"} {
		if token, err := auth.MintFunction(name, mine, now); err == nil {
			t.Errorf("send-mail's key minted %q for %q", token, name)
		}
	}
	if _, err := auth.MintFunction("send-mail", nil, now); err == nil {
		t.Error("minted without a key")
	}
	sign := with(mine[0].Key())
	if _, err := auth.ReadFunction(forge(t, functionHead(), functionBody(), sign), functionKeys(t), now); err != nil {
		t.Fatalf("what is forged here is not even right: %v", err)
	}
	notAFunction(t, "another's name", forge(t, functionHead(), functionBody().changed(claims{"sub": "orchestrate"}), sign), now)
	notAFunction(t, "another's key name", forge(t, functionHead().changed(claims{"kid": "orchestrate"}), functionBody(), sign), now)
	notAFunction(t, "both", forge(t, functionHead().changed(claims{"kid": "orchestrate"}), functionBody().changed(claims{"sub": "orchestrate"}), sign), now)
}

func TestFunctionTokensThatAreRightlySignedAndWrong(t *testing.T) {
	t.Parallel()
	sign := with(private(t, "send-mail")[0].Key())
	for what, change := range map[string]claims{
		"another issuer": {"iss": "https://sign.example"}, "another audience": {"aud": "orchestrate"}, "no expiry": {"exp": nil},
		"no subject": {"sub": nil}, "expired": {"exp": now.Add(-time.Minute).Unix()}, "of the future": {"iat": now.Add(time.Minute).Unix()},
		"lives longer than a minute": {"exp": now.Add(61 * time.Second).Unix()},
	} {
		notAFunction(t, what, forge(t, functionHead(), functionBody().changed(change), sign), now)
	}
	for what, change := range map[string]claims{
		"a person's token": {"typ": "at+jwt"}, "no type": {"typ": nil}, "crit": {"crit": []string{"x"}}, "none": {"alg": "none"}, "HS256": {"alg": "HS256"}, "an unknown key": {"kid": "persist"},
	} {
		notAFunction(t, what, forge(t, functionHead().changed(change), functionBody(), sign), now)
	}
}

// TestTokensOfPeopleAndFunctionsNeverPassForEachOther, not even where both are signed with one key and name the same
// issuer and audience.
func TestTokensOfPeopleAndFunctionsNeverPassForEachOther(t *testing.T) {
	t.Parallel()
	keys := private(t, "send-mail")
	s := auth.Sessions{Issuer: "paraphe-functions", Audience: "persist", Private: keys, Public: keys.Public()}
	ofAPerson, err := s.Mint(auth.Person{Subject: "send-mail", Role: auth.Administrator}, now)
	if err != nil {
		t.Fatal(err)
	}
	notAFunction(t, "a person's", ofAPerson, now)
	notAccepted(t, s, "a function's", forge(t, functionHead(), functionBody().changed(claims{"role": "administrator"}), with(keys[0].Key())))
}

func TestAFunctionTokenThatWasTouchedIsNone(t *testing.T) {
	t.Parallel()
	token, err := auth.MintFunction("send-mail", private(t, "send-mail"), now)
	if err != nil {
		t.Fatal(err)
	}
	for what, wrong := range misspellings(token) {
		notAFunction(t, what, wrong, now)
	}
	if strings.Count(token, ".") != 2 {
		t.Errorf("%q is no compact JWS", token)
	}
}

// TestAFunctionSpeaksWithEitherOfItsKeys while one replaces the other.
func TestAFunctionSpeaksWithEitherOfItsKeys(t *testing.T) {
	t.Parallel()
	public := private(t, "send-mail", "send-mail_2", "orchestrate_2").Public()
	for _, key := range []string{"send-mail", "send-mail_2"} {
		token, err := auth.MintFunction("send-mail", private(t, key), now)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := auth.ReadFunction(token, public, now); err != nil || name != "send-mail" {
			t.Errorf("%s speaks for %q, %v", key, name, err)
		}
	}
	for _, subject := range []string{"orchestrate", "orchestrate_2", "send-mail_2"} {
		forged := forge(t, functionHead().changed(claims{"kid": "send-mail_2"}), functionBody().changed(claims{"sub": subject}), with(private(t, "send-mail_2")[0].Key()))
		if name, err := auth.ReadFunction(forged, public, now); err == nil {
			t.Errorf("the next key of send-mail speaks for %q", name)
		}
	}
}
