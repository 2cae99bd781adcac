package conformance

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func body(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func drawn() events.DocumentGenerated {
	return events.DocumentGenerated{Document: persistclient.DocumentOf(pdf), Anchors: 2}
}

func opened(id contract.ID) events.SignatureOpened {
	return events.SignatureOpened{Attempt: 1, ID: "r-" + string(id), Signers: map[string]string{"s1": "y1", "s2": "y2"}}
}

// fault is a fault of the installation that was met while it was asked how a request stands.
func fault(cause string) events.SignatureFailed {
	return events.SignatureFailed{Attempt: 1, Act: persistclient.ActLook, Cause: cause, Ours: true}
}

func (p Persist) attempts(t *testing.T) {
	owner, orchestrate := p.account(t, manager), p.as(t, "orchestrate")
	v := p.made(t, owner)
	open := persistclient.LeaseRequest{Act: persistclient.ActOpen, For: 60, Calls: 3}
	if _, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, open); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("before there is an attempt: %v", err)
	}
	if _, err := owner.Perform(t.Context(), v.ID, sending(v), once); err != nil {
		t.Fatal(err)
	}
	if l, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, open); err != nil || l.Granted || l.Wait != 0 {
		t.Errorf("before its document is drawn: %+v, %v", l, err)
	}
	p.records(t, "generate-doc", v.ID, drawn(), pdf)
	first, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, open)
	if err != nil || !first.Granted || first.Holder == "" || first.Begun || first.RequestID != "" || first.Calls != 3 || first.View.Token != sealed(v.ID) || first.View.Document == nil {
		t.Fatalf("leased: %+v, %v", first, err)
	}
	second, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, persistclient.LeaseRequest{Act: persistclient.ActWithdraw, For: 60})
	if err != nil || second.Granted || second.Wait <= 0 || second.Wait > 60 {
		t.Errorf("while another has it: %+v, %v", second, err)
	}
	look, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, persistclient.LeaseRequest{Act: persistclient.ActLook, For: 60})
	if err != nil || look.Granted || look.View.ID != v.ID {
		t.Errorf("a look: %+v, %v", look, err)
	}
	if err := orchestrate.RecordRequest(t.Context(), v.ID, 1, "another", "r"); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("noted by another: %v", err)
	}
	if err := orchestrate.RecordRequest(t.Context(), v.ID, 1, first.Holder, "r-1"); err != nil {
		t.Errorf("noted: %v", err)
	}
	if err := orchestrate.RecordRequest(t.Context(), v.ID, 1, first.Holder, "r-2"); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("another request noted: %v", err)
	}
	if err := orchestrate.ReleaseAttempt(t.Context(), v.ID, 1, "another"); err != nil {
		t.Errorf("given back by another: %v", err)
	}
	if l, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, open); err != nil || l.Granted {
		t.Errorf("which gives nothing back: %+v, %v", l, err)
	}
	if err := orchestrate.ReleaseAttempt(t.Context(), v.ID, 1, first.Holder); err != nil {
		t.Errorf("given back: %v", err)
	}
	again, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, open)
	if err != nil || !again.Granted || !again.Begun || again.RequestID != "r-1" || again.Holder == first.Holder {
		t.Errorf("leased again: %+v, %v", again, err)
	}
	p.records(t, "orchestrate", v.ID, opened(v.ID)) // gives it back
	if l, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, open); err != nil || l.Granted || l.Wait != 0 {
		t.Errorf("what is open is not opened: %+v, %v", l, err)
	}
	if l, err := orchestrate.LeaseAttempt(t.Context(), v.ID, 1, persistclient.LeaseRequest{Act: persistclient.ActFetch, For: 60}); err != nil || !l.Granted {
		t.Errorf("to fetch: %+v, %v", l, err)
	}
	p.raw(t, orchestrate, "POST", "/contracts/"+string(v.ID)+"/attempts/x/lease", `{"act":"open","for":5}`).refused(t, "an attempt that is no number", http.StatusNotFound, "")
}

func (p Persist) facts(t *testing.T) {
	owner, orchestrate := p.account(t, manager), p.as(t, "orchestrate")
	v := p.made(t, owner)
	if _, err := owner.Perform(t.Context(), v.ID, sending(v), once); err != nil {
		t.Fatal(err)
	}
	bring := func(author string, f events.Payload, files ...[]byte) error {
		return p.as(t, author).RecordFact(t.Context(), events.Event{ID: newID(), Source: author, Subject: v.ID, Payload: f}, files...)
	}
	unprocessable := func(what string, err error) {
		t.Helper()
		var refusal function.Problem
		if !errors.As(err, &refusal) || refusal.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", what, err)
		}
	}
	unprocessable("a document that did not come", bring("generate-doc", drawn()))
	unprocessable("another document", bring("generate-doc", drawn(), proof))
	unprocessable("no PDF", bring("generate-doc", events.DocumentGenerated{Document: persistclient.DocumentOf([]byte("x")), Anchors: 2}, []byte("x")))
	if s := p.stored(t, v.ID); s.Document != nil || s.Version != 2 {
		t.Errorf("after that: %+v", s.Contract)
	}
	if err := bring("generate-doc", drawn(), pdf); err != nil {
		t.Fatal(err)
	}
	s := p.stored(t, v.ID)
	if s.Document == nil || *s.Document != persistclient.DocumentOf(pdf) || s.Version != 3 {
		t.Errorf("drawn: %+v", s.Contract)
	}
	open := events.Event{ID: newID(), Source: "orchestrate", Subject: v.ID, Payload: opened(v.ID)}
	for range 2 { // the same fact counts once
		if err := orchestrate.RecordFact(t.Context(), open); err != nil {
			t.Fatal(err)
		}
	}
	if s = p.stored(t, v.ID); s.Status != contract.Sent || s.Request.State != contract.Open || len(s.Notifications) != 2 || s.Version != 4 {
		t.Errorf("opened: %+v", s.Contract)
	}
	for what, who := range map[string]*persistclient.Client{"its owner": owner.Client, "orchestrate": orchestrate, "send-mail": p.as(t, "send-mail")} {
		if file, err := who.File(t.Context(), v.ID, s.Document.SHA256); err != nil || string(file) != string(pdf) {
			t.Errorf("%s fetches %q, %v", what, file, err)
		}
	}
	got := p.raw(t, owner.Client, "GET", "/contracts/"+string(v.ID)+"/files/"+s.Document.SHA256, "")
	if got.header.Get("Content-Type") != "application/pdf" || got.header.Get("Content-Length") == "" {
		t.Errorf("a file comes as %v", got.header)
	}
	if _, err := owner.File(t.Context(), v.ID, strings.Repeat("0", 64)); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := orchestrate.File(t.Context(), p.made(t, owner).ID, s.Document.SHA256); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("a file of another contract: %v", err)
	}
	done := events.SignatureChecked{Attempt: 1, State: events.SignatureDone}
	signedCopy, trail := persistclient.DocumentOf(pdf), persistclient.DocumentOf(proof)
	done.SignedCopy, done.Proof = &signedCopy, &trail
	if err := bring("orchestrate", done, pdf, proof); err != nil {
		t.Fatal(err)
	}
	if s = p.stored(t, v.ID); s.Status != contract.Signed || s.Proof == nil || s.Notification(contract.SignedCopyNotification, contract.ToOwner) == nil {
		t.Errorf("signed: %+v", s.Contract)
	}
	if _, err := orchestrate.Contract(t.Context(), contract.ID(newID())); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("of no contract: %v", err)
	}
}

func (p Persist) calls(t *testing.T) {
	orchestrate := p.as(t, "orchestrate")
	if l, err := orchestrate.TakeCalls(t.Context(), 2, 0); err != nil || l.Calls != 2 || l.CallsWait != 0 {
		t.Errorf("without a limit: %+v, %v", l, err)
	}
	if l, err := orchestrate.TakeCalls(t.Context(), 5, 60_000); err != nil || l.Calls != 5 {
		t.Errorf("with calls to spare: %+v, %v", l, err)
	}
	if err := orchestrate.BlockCalls(t.Context(), 30); err != nil {
		t.Fatal(err)
	}
	if l, err := orchestrate.TakeCalls(t.Context(), 1, 60_000); err != nil || l.Calls != 0 || l.CallsWait <= 0 || l.CallsWait > 30 {
		t.Errorf("while the service is left alone: %+v, %v", l, err)
	}
}

func (p Persist) attention(t *testing.T) {
	owner := p.account(t, manager)
	if none, err := owner.Attention(t.Context()); err != nil || none == nil || len(none) != 0 {
		t.Errorf("nothing: %#v, %v", none, err)
	}
	cause := "signature.payment"
	var ids []contract.ID
	for range 2 {
		v := p.sent(t, owner)
		p.records(t, "orchestrate", v.ID, fault(cause))
		ids = append(ids, v.ID)
	}
	list, err := owner.Attention(t.Context())
	if err != nil || len(list) != 1 || list[0].Cause != cause || list[0].Contracts != 2 || !list[0].Ours || list[0].Since.IsZero() || list[0].NextTry.IsZero() || list[0].Stopped != 0 {
		t.Errorf("two: %+v, %v", list, err)
	}
	if theirs, err := p.account(t, manager).Attention(t.Context()); err != nil || len(theirs) != 0 {
		t.Errorf("another manager is told %+v, %v", theirs, err)
	}
	key := persistclient.Idempotency{Key: newID(), Digest: "d"}
	s, err := owner.Select(t.Context(), cause, lifecycle.Retry, key)
	if err != nil || s.Total != 2 || len(s.Contracts) != 2 || s.Contracts[0].ID != ids[0] || s.Contracts[1].ID != ids[1] {
		t.Fatalf("selected: %+v, %v", s, err)
	}
	if _, err := owner.Perform(t.Context(), ids[0], persistclient.Action{Kind: lifecycle.Retry, Version: s.Contracts[0].Version, Cause: cause}, once); err != nil {
		t.Fatal(err)
	}
	again, err := owner.Select(t.Context(), cause, lifecycle.Retry, key)
	if err != nil || again.Total != 2 || len(again.Contracts) != 2 || again.Contracts[0].Version == s.Contracts[0].Version {
		t.Errorf("selected again, as they stand: %+v, %v", again, err)
	}
	if fresh, err := owner.Select(t.Context(), cause, lifecycle.Retry, once); err != nil || fresh.Total != 1 || fresh.Contracts[0].ID != ids[1] {
		t.Errorf("selected anew: %+v, %v", fresh, err)
	}
	if none, err := owner.Select(t.Context(), "mail.unclear", lifecycle.SetAside, once); err != nil || none.Total != 0 || none.Contracts == nil {
		t.Errorf("of another cause: %+v, %v", none, err)
	}
}

func (p Persist) strays(t *testing.T) {
	root, orchestrate := p.account(t, admin), p.as(t, "orchestrate")
	v := p.sent(t, p.account(t, manager))
	number := p.Sweep(t)
	request := func(id, token string, state events.SignatureState) persistclient.SweptRequest {
		return persistclient.SweptRequest{Request: id, ExternalID: token, Contract: v.ID, Attempt: 1, State: state, Created: v.CreatedAt}
	}
	page := persistclient.SweptPage{Number: number, Next: "c", Requests: []persistclient.SweptRequest{
		request(v.Request.ID, sealed(v.ID), events.SignatureOngoing), request("lost-"+newID(), "p1.lost."+newID(), events.SignatureOngoing),
		request("over-"+newID(), "p1.over."+newID(), events.SignatureCancelled),
	}}
	if err := orchestrate.Sweep(t.Context(), persistclient.SweptPage{Number: number + 1}); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("a page of another sweep: %v", err)
	}
	if err := orchestrate.Sweep(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if err := orchestrate.Sweep(t.Context(), page); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("the same page again: %v", err)
	}
	list, err := root.StrayRequests(t.Context())
	if err != nil || len(list) != 1 || list[0].Request != page.Requests[1].Request || list[0].OnRecord || list[0].State != events.SignatureOngoing || list[0].FoundAt.IsZero() || list[0].ExternalID != "" {
		t.Fatalf("strays: %+v, %v", list, err)
	}
	if own, err := root.StrayRequest(t.Context(), list[0].ID); err != nil || own.ExternalID != "" {
		t.Errorf("an administrator is shown %+v, %v", own, err)
	}
	if s, err := orchestrate.StrayRequest(t.Context(), list[0].ID); err != nil || s.ExternalID != page.Requests[1].ExternalID {
		t.Errorf("orchestrate is shown %+v, %v", s, err)
	}
	for range 2 {
		if err := root.SettleStrayRequest(t.Context(), list[0].ID, events.SignatureCancelled); err != nil {
			t.Errorf("settled: %v", err)
		}
	}
	if left, err := root.StrayRequests(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("what is settled is listed: %+v, %v", left, err)
	}
	if s, err := root.StrayRequest(t.Context(), list[0].ID); err != nil || s.SettledAt.IsZero() || s.State != events.SignatureCancelled {
		t.Errorf("settled, it is %+v, %v", s, err)
	}
	if err := root.SettleStrayRequest(t.Context(), "none", events.SignatureCancelled); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("one that is none: %v", err)
	}
}

func (p Persist) deadLetters(t *testing.T) {
	root := p.account(t, admin)
	about := p.DeadLetter(t)
	find := func() (found persistclient.DeadLetter) {
		t.Helper()
		all, err := root.DeadLetters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			if l.Contract == about {
				found = l
			}
		}
		return found
	}
	id := find().ID
	if l := find(); l.Type == "" || l.Source == "" || l.At.IsZero() || !l.ReplayedAt.IsZero() {
		t.Errorf("listed: %+v", l)
	}
	if err := root.ReplayDeadLetter(t.Context(), id); err != nil {
		t.Errorf("replayed: %v", err)
	}
	if l := find(); l.ReplayedAt.IsZero() {
		t.Errorf("replayed, it is %+v", l)
	}
	if err := root.ReplayDeadLetter(t.Context(), "none"); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("one that is none: %v", err)
	}
}
