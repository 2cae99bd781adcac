package conformance

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func (p Persist) failures(t *testing.T) {
	own, orchestrate, source := p.unverified(t, newID()+"@example.org"), p.as(t, "orchestrate"), newID()
	for range 5 {
		if _, err := orchestrate.UserByEmail(t.Context(), own.email, source); err != nil {
			t.Fatal(err)
		}
	}
	var later persistclient.TryLater
	if _, err := orchestrate.UserByEmail(t.Context(), own.email, source); !errors.As(err, &later) || later.After != time.Second || later.Why == "" {
		t.Errorf("after five that failed: %v", err)
	}
	if _, err := orchestrate.UserByEmail(t.Context(), own.email, newID()); err != nil {
		t.Errorf("another source: %v", err)
	}
	s := session(persistclient.User{ID: own.who.Subject})
	s.Source = source
	if err := orchestrate.StartSession(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := orchestrate.UserByEmail(t.Context(), own.email, source); err != nil {
		t.Errorf("after a session was started: %v", err)
	}
}

func session(u persistclient.User) persistclient.Session {
	return persistclient.Session{User: u.ID, Family: newID(), Digest: digestOf(newID()), ExpiresAt: time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond), Epoch: u.Epoch}
}

func (p Persist) sessions(t *testing.T) {
	orchestrate := p.as(t, "orchestrate")
	own := p.account(t, manager)
	u, err := orchestrate.User(t.Context(), own.who.Subject)
	if err != nil {
		t.Fatal(err)
	}
	begin := func(replaces string) persistclient.Session {
		t.Helper()
		s := session(u)
		s.Replaces = replaces
		if err := orchestrate.StartSession(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	next := func() persistclient.Session {
		return persistclient.Session{Digest: session(u).Digest, ExpiresAt: session(u).ExpiresAt}
	}
	rotated := func(old string, s persistclient.Session) persistclient.Renewal {
		t.Helper()
		r, err := orchestrate.RotateSession(t.Context(), old, s, "")
		if err != nil || r.User != u {
			t.Fatalf("rotated: %+v, %v", r, err)
		}
		return r
	}
	denied := func(what, old string) {
		t.Helper()
		if _, err := orchestrate.RotateSession(t.Context(), old, next(), ""); !errors.Is(err, persistclient.ErrDenied) {
			t.Errorf("%s: %v", what, err)
		}
	}
	old := u
	old.Epoch--
	if err := orchestrate.StartSession(t.Context(), session(old)); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("of another epoch: %v", err)
	}
	denied("one that nobody was given", digestOf("invented"))
	first, second, third := begin(""), next(), next()
	if r := rotated(first.Digest, second); !slices.Equal(r.Digests, []string{second.Digest}) {
		t.Errorf("renewed: %v", r.Digests)
	}
	rotated(second.Digest, third)
	if r := rotated(first.Digest, next()); !slices.Equal(r.Digests, []string{second.Digest, third.Digest}) {
		t.Errorf("one that was used a moment ago leads to %v", r.Digests)
	}
	// begun in its place, it ends the other
	begin(third.Digest)
	denied("whose place was taken", third.Digest)
	// ended by its own person only, and twice is the same as once
	ended := begin("")
	if err := orchestrate.EndSession(t.Context(), ended.Digest, "somebody-else"); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("ended by another: %v", err)
	}
	for range 2 {
		if err := orchestrate.EndSession(t.Context(), ended.Digest, u.ID); err != nil {
			t.Errorf("ended: %v", err)
		}
	}
	denied("one that was ended", ended.Digest)
	if err := orchestrate.EndSession(t.Context(), digestOf("invented"), ""); err != nil {
		t.Errorf("what is none is ended: %v", err)
	}
	p.reuse(t, begin(""), next(), denied)
}

// reuse presents a token that was used, until its time is over: then all that came of it has ended.
func (p Persist) reuse(t *testing.T, stolen, successor persistclient.Session, denied func(what, old string)) {
	t.Helper()
	orchestrate := p.as(t, "orchestrate")
	if _, err := orchestrate.RotateSession(t.Context(), stolen.Digest, successor, ""); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(p.ReuseInterval + 20*time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, err := orchestrate.RotateSession(t.Context(), stolen.Digest, session(persistclient.User{}), "")
		if errors.Is(err, persistclient.ErrDenied) {
			break
		}
		if err != nil || time.Now().After(end) {
			t.Fatalf("a token that was used long ago: %v", err)
		}
	}
	denied("the successor of one that was stolen", successor.Digest)
}

func (p Persist) links(t *testing.T) {
	orchestrate := p.as(t, "orchestrate")
	v := p.sent(t, p.account(t, manager))
	secret := p.Mail(t, v.ID, *v.Notification(contract.Invitation, "s2"))
	source := newID()
	for range 10 { // what was given out is found, however often, and whatever else its network tries
		if l, err := orchestrate.OpenLink(t.Context(), digestOf(secret), source); err != nil || l != (persistclient.Link{Contract: v.ID, Signer: "s2"}) {
			t.Fatalf("opened: %+v, %v", l, err)
		}
	}
	for range 5 {
		if _, err := orchestrate.OpenLink(t.Context(), digestOf("invented"), source); !errors.Is(err, persistclient.ErrNotFound) {
			t.Fatalf("invented: %v", err)
		}
	}
	var later persistclient.TryLater
	if _, err := orchestrate.OpenLink(t.Context(), digestOf("invented"), source); !errors.As(err, &later) {
		t.Errorf("invented, once more: %v", err)
	}
	if _, err := orchestrate.OpenLink(t.Context(), digestOf(secret), source); err != nil {
		t.Errorf("the right one meanwhile: %v", err)
	}
	who := p.person(t, auth.Person{Subject: "s2", Role: signer, Contract: string(v.ID)}, "")
	if got, err := who.Contract(t.Context(), v.ID); err != nil || got.Relation.Signer != "s2" {
		t.Errorf("whoever came by it sees %+v, %v", got.Relation, err)
	}
	nobody := p.person(t, auth.Person{Subject: "s9", Role: signer, Contract: string(v.ID)}, "")
	if _, err := nobody.Contract(t.Context(), v.ID); !errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("a signer that is none: %v", err)
	}
}
