package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// author is the function of this name, with these keys of its own and everybody's public ones.
func author(t *testing.T, name string, keys ...string) auth.Author {
	t.Helper()
	everybody := private(t, "orchestrate", "persist", "send-mail", "send-mail_2").Public()
	a, err := auth.NewAuthor(function.Boot{Name: name}, private(t, keys...), everybody)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mailSent() events.Event {
	return events.Event{ID: "1", Source: "send-mail", Subject: "c1", Time: now, Payload: events.MailSent{Kind: "invitation", Sequence: 1, Recipient: "s1"}}
}

// signed is an event signed by a key of this name, whoever it says that it is from.
func signed(t *testing.T, e events.Event, key string) events.Event {
	t.Helper()
	k := private(t, key)[0]
	e, err := e.Sign(k.ID, k.Key())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// verify is an event as it arrives, with a header changed on its way.
func verify(t *testing.T, e events.Event, header, value string) events.Event {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	if err := events.WriteRequest(t.Context(), e, r); err != nil {
		t.Fatal(err)
	}
	if header != "" {
		r.Header.Set(header, value)
	}
	e, err := events.FromRequest(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEventsAreVerifiedByAuthorAndSignature(t *testing.T) {
	t.Parallel()
	fact := mailSent()
	foreign := fact
	foreign.Payload = events.ContractSigned{}
	renamed := signed(t, fact, "send-mail")
	renamed.Signature.Key = "send-mail_2"
	cases := map[string]struct {
		event events.Event
		why   string // empty: it is believed
	}{
		"its author's":                          {verify(t, signed(t, fact, "send-mail"), "", ""), ""},
		"its author's next key":                 {verify(t, signed(t, fact, "send-mail_2"), "", ""), ""},
		"unsigned":                              {verify(t, fact, "", ""), "it has no signature"},
		"a key of another function":             {verify(t, signed(t, fact, "orchestrate"), "", ""), "its key belongs to another function"},
		"an unknown key":                        {verify(t, signed(t, fact, "receive-webhook"), "", ""), "its key is unknown"},
		"a key that is gone":                    {verify(t, signed(t, fact, "send-mail_1"), "", ""), "its key is unknown"},
		"another key of its author's":           {verify(t, renamed, "", ""), "its signature does not hold"},
		"what its author may not say":           {verify(t, signed(t, foreign, "send-mail"), "", ""), "its source may not say contract.signed"},
		"another's name, with one's own key":    {verify(t, signed(t, foreign, "send-mail"), "Ce-Source", "persist"), "its key belongs to another function"},
		"another's name and key's name":         {verify(t, verify(t, signed(t, foreign, "send-mail"), "Ce-Source", "persist"), "Ce-Signaturekey", "persist"), "its signature does not hold"},
		"another id":                            {verify(t, signed(t, fact, "send-mail"), "Ce-Id", "2"), "its signature does not hold"},
		"another contract":                      {verify(t, signed(t, fact, "send-mail"), "Ce-Subject", "c2"), "its signature does not hold"},
		"another time":                          {verify(t, signed(t, fact, "send-mail"), "Ce-Time", "2026-03-01T10:00:00Z"), "its signature does not hold"},
		"another type of the same author's":     {verify(t, signed(t, fact, "send-mail"), "Ce-Type", "dev.paraphe.mail.refused"), "its signature does not hold"},
		"a key's name with a path in it":        {verify(t, signed(t, fact, "send-mail"), "Ce-Signaturekey", "../send-mail"), "its key is unknown"},
		"a key's name that only begins like it": {verify(t, signed(t, fact, "send-mail"), "Ce-Signaturekey", "send-mailer"), "its key is unknown"},
	}
	for what, c := range cases {
		_, err := author(t, "persist", "persist").Verify(c.event, events.ByBroker())
		if c.why == "" && err == nil {
			continue
		}
		if !errors.Is(err, events.ErrNotAuthor) || !function.Refused(err) || !strings.HasSuffix(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", what, err, c.why)
		}
	}
}

// What a function brings by its own token is its own and about the contract that it names, whatever is right besides.
func TestWhatIsBroughtByHandIsItsBringersOwn(t *testing.T) {
	t.Parallel()
	fact := verify(t, signed(t, mailSent(), "send-mail"), "", "")
	for what, c := range map[string]struct {
		came events.Way
		why  string
	}{
		"by its author":          {events.ByHand("send-mail", "c1"), ""},
		"by another":             {events.ByHand("orchestrate", "c1"), "its source is not who brings it"},
		"by nobody":              {events.ByHand("", "c1"), "its source is not who brings it"},
		"for another contract":   {events.ByHand("send-mail", "c2"), "it is about another contract"},
		"for no contract at all": {events.ByHand("send-mail", ""), "it is about another contract"},
	} {
		got, err := author(t, "persist", "persist").Verify(fact, c.came)
		if c.why == "" && err == nil && got.Event().ID == "1" {
			continue
		}
		if !errors.Is(err, events.ErrNotAuthor) || !strings.HasSuffix(err.Error(), c.why) || got.Event().Payload != nil {
			t.Errorf("%s: %+v, %v, want %q", what, got, err, c.why)
		}
	}
}

// What is not configured stands for no, never for yes.
func TestNothingIsVerifiedWithoutKeys(t *testing.T) {
	t.Parallel()
	a, err := auth.NewAuthor(function.Boot{Name: "persist"}, private(t, "persist"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Verify(signed(t, mailSent(), "send-mail"), events.ByBroker()); !errors.Is(err, events.ErrNotAuthor) {
		t.Errorf("it believed with %v", err)
	}
}

func TestAFunctionSignsWithItsNewestKeyAndForItselfOnly(t *testing.T) {
	t.Parallel()
	mine := author(t, "send-mail", "send-mail_2", "send-mail")
	first, err := mine.Sign(mailSent())
	if err != nil || first.Signature.Key != "send-mail_2" {
		t.Fatalf("signed with %q, %v", first.Signature.Key, err)
	}
	if again, err := mine.Sign(mailSent()); err != nil || again.Signature != first.Signature {
		t.Errorf("a repetition is signed otherwise: %v, %v", again.Signature, err)
	}
	if _, err := author(t, "persist", "persist").Verify(first, events.ByBroker()); err != nil {
		t.Error(err)
	}
	theirs := signed(t, events.Event{ID: "1", Source: "persist", Subject: "c1", Time: now, Payload: events.ContractSigned{}}, "persist")
	if carried, err := mine.Sign(theirs); err != nil || carried.Signature != theirs.Signature {
		t.Errorf("what another signed is not carried on as it is: %v, %v", carried.Signature, err)
	}
	theirs.Signature = events.Signature{}
	if _, err := mine.Sign(theirs); !errors.Is(err, events.ErrNotAuthor) {
		t.Errorf("it signs for another: %v", err)
	}
}

// TestTheClockAloneNeedsNoSignature: Knative's PingSource cannot sign, and a tick says nothing.
func TestTheClockAloneNeedsNoSignature(t *testing.T) {
	t.Parallel()
	tick := verify(t, events.Event{ID: "1", Source: "/apis/v1/namespaces/paraphe/pingsources/clock", Time: now, Payload: events.ClockTicked{}}, "", "")
	persist := author(t, "persist", "persist")
	if _, err := persist.Verify(tick, events.ByBroker()); err != nil {
		t.Error(err)
	}
	if _, err := persist.Verify(tick, events.ByHand(tick.Source, "")); err == nil {
		t.Error("a tick is brought by hand")
	}
	for _, p := range events.Catalogue {
		e := events.Event{ID: "1", Source: tick.Source, Subject: "c1", Time: now, Payload: p}
		_, err := persist.Verify(verify(t, e, "", ""), events.ByBroker())
		if _, clock := p.(events.ClockTicked); !clock && err == nil {
			t.Errorf("%s passes for a tick", p.Type())
		}
	}
}

func TestAnAuthorNeedsKeysOfItsOwnName(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{nil, {"persist"}, {"send-mail", "persist"}, {"send-mail-2"}, {"Send-Mail"}, {"_2"}} {
		_, err := auth.NewAuthor(function.Boot{Name: "send-mail"}, private(t, names...), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "send-mail: the setting FUNCTION_KEY is malformed: ") {
			t.Errorf("%v: %v", names, err)
		}
	}
}

// TestATokenAndAnEventNeverPassForEachOther, though one key signs both.
func TestATokenAndAnEventNeverPassForEachOther(t *testing.T) {
	t.Parallel()
	mine := author(t, "send-mail", "send-mail")
	token, err := mine.Token(question, now)
	if err != nil {
		t.Fatal(err)
	}
	e := mailSent()
	e.Signature = events.Signature{Key: "send-mail", Value: token[strings.LastIndex(token, ".")+1:]}
	if _, err := mine.Verify(e, events.ByBroker()); err == nil {
		t.Error("a token's signature passes for an event's")
	}
	e = signed(t, mailSent(), "send-mail")
	notAFunction(t, "an event's signature", token[:strings.LastIndex(token, ".")+1]+e.Signature.Value, now)
}

// BenchmarkEventSignature is what one event costs its author and its listener together, a whole contract in it.
func BenchmarkEventSignature(b *testing.B) {
	var keys auth.PrivateKeys
	if err := keys.Decode("persist:" + seed(1)); err != nil {
		b.Fatal(err)
	}
	a, err := auth.NewAuthor(function.Boot{Name: "persist"}, keys, keys.Public())
	if err != nil {
		b.Fatal(err)
	}
	copied := contract.Document{SHA256: strings.Repeat("a", 64), Size: 100_000, Pages: 5}
	whole := contract.Contract{
		ID: "abcdefghijklmnopqrstuvwxyz", Version: 9, Status: contract.Signed, Template: "service-agreement/1", Language: "fr", Owner: "u1",
		Signers: make([]contract.Signer, 2), Document: &copied, SignedCopy: &copied, Proof: &copied, Notifications: make([]contract.Notification, 4), Deadline: now,
	}
	e := events.Event{ID: "1", Source: "persist", Subject: "c1", Time: now, Payload: events.ContractSigned{Snapshot: events.Snapshot{Contract: whole}}}
	b.ReportAllocs()
	for b.Loop() {
		signed, err := a.Sign(e)
		if err == nil {
			_, err = a.Verify(signed, events.ByBroker())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
