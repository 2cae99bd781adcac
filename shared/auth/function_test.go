package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
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

// question is what is asked in these tests.
var question = auth.Question{Method: "GET", Path: "/contracts/c1"}

func functionBody() claims {
	return claims{"htm": "GET", "htu": "/contracts/c1", "iss": "paraphe-functions", "aud": "persist", "sub": "send-mail", "jti": "1",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix()}
}

func functionHead() claims {
	return claims{"alg": "EdDSA", "typ": "paraphe-question+jwt", "kid": "send-mail"}
}

func notAFunction(t *testing.T, what, token string, at time.Time) {
	t.Helper()
	if name, err := auth.ReadFunction(token, question, functionKeys(t), at); !errors.Is(err, auth.ErrNotAccepted) || name != "" {
		t.Errorf("%s: speaks for %q, %v", what, name, err)
	}
}

func TestAFunctionSpeaksForAMinute(t *testing.T) {
	t.Parallel()
	token, err := auth.MintFunction("send-mail", question, private(t, "send-mail"), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{0, -74 * time.Second, time.Minute, 134 * time.Second} {
		if name, err := auth.ReadFunction(token, question, functionKeys(t), now.Add(at)); err != nil || name != "send-mail" {
			t.Errorf("after %s: %q, %v", at, name, err)
		}
	}
	notAFunction(t, "too late", token, now.Add(136*time.Second))
	notAFunction(t, "too early", token, now.Add(-76*time.Second))
}

// TestAFunctionSpeaksForItselfOnly: neither by asking the library nor by signing somebody else's name.
func TestAFunctionSpeaksForItselfOnly(t *testing.T) {
	t.Parallel()
	mine := private(t, "send-mail")
	for _, name := range []string{"orchestrate", "", "Send-Mail", "send-mail_2"} {
		if token, err := auth.MintFunction(name, question, mine, now); err == nil {
			t.Errorf("send-mail's key minted %q for %q", token, name)
		}
	}
	if _, err := auth.MintFunction("send-mail", question, nil, now); err == nil {
		t.Error("minted without a key")
	}
	sign := with(mine[0].Key())
	if _, err := auth.ReadFunction(forge(t, functionHead(), functionBody(), sign), question, functionKeys(t), now); err != nil {
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
		"no subject": {"sub": nil}, "expired": {"exp": now.Add(-76 * time.Second).Unix()}, "of the future": {"iat": now.Add(76 * time.Second).Unix()},
		"lives longer than a minute": {"exp": now.Add(61 * time.Second).Unix()},
		"no method":                  {"htm": nil}, "no path": {"htu": nil}, "another method": {"htm": "POST"}, "another path": {"htu": "/contracts/c2"}, "a list of paths": {"htu": []string{"/contracts/c1"}},
		"an address": {"htu": "http://persist/contracts/c1"}, "a person that did not come": {"ath": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}, "a person in no words": {"ath": 1},
	} {
		notAFunction(t, what, forge(t, functionHead(), functionBody().changed(change), sign), now)
	}
	for what, change := range map[string]claims{
		"a person's token": {"typ": "at+jwt"}, "no type": {"typ": nil}, "crit": {"crit": []string{"x"}}, "none": {"alg": "none"}, "HS256": {"alg": "HS256"}, "an unknown key": {"kid": "persist"},
	} {
		notAFunction(t, what, forge(t, functionHead().changed(change), functionBody(), sign), now)
	}
}

// A token that is seen by others opens nothing but the request that it was made for, for the person whom it was made for.
func TestAFunctionsTokenIsForOneQuestion(t *testing.T) {
	t.Parallel()
	for what, asked := range map[string]auth.Question{
		"for itself":                           question,
		"for a person":                         {Method: "POST", Path: "/contracts/c1/actions", Person: "a.person.token"},
		"a path with escaped characters in it": {Method: "GET", Path: "/contracts/c%2F1"},
	} {
		token, err := auth.MintFunction("send-mail", asked, private(t, "send-mail"), now)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := auth.ReadFunction(token, asked, functionKeys(t), now); err != nil || name != "send-mail" {
			t.Errorf("%s: %q, %v", what, name, err)
		}
		for _, other := range []auth.Question{
			{Method: "PUT", Path: asked.Path, Person: asked.Person}, {Method: strings.ToLower(asked.Method), Path: asked.Path, Person: asked.Person},
			{Path: asked.Path, Person: asked.Person}, {Method: asked.Method, Path: asked.Path + "/", Person: asked.Person},
			{Method: asked.Method, Path: "/contracts/c2", Person: asked.Person}, {Method: asked.Method, Path: "/contracts/c/1", Person: asked.Person},
			{Method: asked.Method, Person: asked.Person}, {Method: asked.Method, Path: asked.Path, Person: asked.Person + "x"},
			{Method: asked.Method, Path: asked.Path, Person: "another.person.token"},
		} {
			if name, err := auth.ReadFunction(token, other, functionKeys(t), now); !errors.Is(err, auth.ErrNotAccepted) || name != "" {
				t.Errorf("%s: it asks %+v as %q, %v", what, other, name, err)
			}
		}
		without := asked
		without.Person = ""
		if _, err := auth.ReadFunction(token, without, functionKeys(t), now); (err == nil) != (asked.Person == "") {
			t.Errorf("%s: without the person, %v", what, err)
		}
	}
}

// The query is no part of it (RFC 9449 §4.2), and how a request is written going out is how it is read coming in.
func TestAQuestionIsTheSameAtBothEnds(t *testing.T) {
	t.Parallel()
	var came auth.Question
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { came = auth.QuestionOf(r, "p") }))
	t.Cleanup(server.Close)
	for _, path := range []string{"/contracts", "/contracts?q=a&status=sent", "/contracts/c%2F1", "/users/%C3%A9", "/a%20b//c", "/" + strings.Repeat("a", 3000)} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if went := auth.QuestionOf(r, "p"); went != came || strings.Contains(came.Path, "?") {
			t.Errorf("it went out as %+v and came in as %+v", went, came)
		}
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
	token, err := auth.MintFunction("send-mail", question, private(t, "send-mail"), now)
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
		token, err := auth.MintFunction("send-mail", question, private(t, key), now)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := auth.ReadFunction(token, question, public, now); err != nil || name != "send-mail" {
			t.Errorf("%s speaks for %q, %v", key, name, err)
		}
	}
	for _, subject := range []string{"orchestrate", "orchestrate_2", "send-mail_2"} {
		forged := forge(t, functionHead().changed(claims{"kid": "send-mail_2"}), functionBody().changed(claims{"sub": subject}), with(private(t, "send-mail_2")[0].Key()))
		if name, err := auth.ReadFunction(forged, question, public, now); err == nil {
			t.Errorf("the next key of send-mail speaks for %q", name)
		}
	}
}

// BenchmarkFunctionToken is what it costs a question that it comes with a function's token of its own: made there and read
// here. What it costs in any case is to read the person's.
func BenchmarkFunctionToken(b *testing.B) {
	var keys auth.PrivateKeys
	if err := keys.Decode("orchestrate:" + seed(1)); err != nil {
		b.Fatal(err)
	}
	public := keys.Public()
	s := auth.Sessions{Issuer: "https://sign.example", Audience: "https://sign.example", Private: keys, Public: public}
	person, err := s.Mint(auth.Person{Subject: "u1", Role: auth.Manager}, now)
	if err != nil {
		b.Fatal(err)
	}
	q := auth.Question{Method: "GET", Path: "/contracts/abcdefghijklmnopqrstuvwxyz", Person: person}
	b.Run("person read", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Read(person, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("function minted and read", func(b *testing.B) {
		for b.Loop() {
			token, err := auth.MintFunction("orchestrate", q, keys, now)
			if err == nil {
				_, err = auth.ReadFunction(token, q, public, now)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
