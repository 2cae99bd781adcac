package orchestrate

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// notary stands in for the signature service: requests by token, signers who sign when the test says so.
type notary struct {
	mu       sync.Mutex
	requests map[string]*request // by id
	err      error               // what every call answers, if set
	notReady bool                // proofs are still being made
	calls    int

	copyErr   error  // what asking for the signed copy answers, if set
	copyBytes string // the signed copy
}

type request struct {
	order   signing.Order
	answer  signing.Answer
	signers map[string]string
}

func newNotary() *notary {
	return &notary{requests: map[string]*request{}, copyBytes: "%PDF-1.7 signed"}
}

// enter begins a call.
func (n *notary) enter() error {
	n.calls++
	return n.err
}

func (n *notary) Open(ctx context.Context, o signing.Order, p signing.Progress) (signing.Opened, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return signing.Opened{}, err
	}
	id := "r-" + digest(o.Token)[:8]
	if n.requests[id] == nil {
		r := &request{order: o, signers: map[string]string{}, answer: signing.Answer{State: events.SignatureOngoing, Signers: map[string]signing.SignerAnswer{}}}
		for _, p := range o.People {
			r.signers[p.ID] = "s-" + p.ID
			r.answer.Signers["s-"+p.ID] = signing.SignerAnswer{State: contract.Invited}
		}
		n.requests[id] = r
	}
	if err := p.Note(ctx, id); err != nil {
		return signing.Opened{}, err
	}
	return signing.Opened{RequestID: id, Signers: n.requests[id].signers}, nil
}

func (n *notary) Look(_ context.Context, id string) (signing.Answer, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return signing.Answer{}, err
	}
	r := n.requests[id]
	if r == nil {
		return signing.Answer{}, signing.ErrUnknown
	}
	return r.answer, nil
}

func (n *notary) Withdraw(_ context.Context, _, id, _ string) (signing.Answer, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return signing.Answer{}, err
	}
	r := n.requests[id]
	if r == nil {
		return signing.Answer{State: events.SignatureNone}, nil
	}
	if r.answer.State == events.SignatureNone { // a draft, deleted by this or before
		return signing.Answer{State: events.SignatureNone, Deleted: true}, nil
	}
	if r.answer.State == events.SignatureOngoing {
		r.answer.State = events.SignatureCancelled
	}
	return r.answer, nil
}

func (n *notary) Sees(context.Context, func(string) bool) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.requests) > 0, n.enter()
}

// List shows one request on a page; the cursor is the id of the request before.
func (n *notary) List(_ context.Context, cursor string) (page []signing.Listed, next string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if cursor == "stale" {
		return nil, "", signing.Rejected{Status: 400, Type: "cursor"}
	}
	ids := slices.Sorted(maps.Keys(n.requests))
	for i, id := range ids {
		if id > cursor {
			r := n.requests[id]
			if i < len(ids)-1 {
				next = id
			}
			return []signing.Listed{{ID: id, ExternalID: r.order.Token, State: r.answer.State}}, next, n.enter()
		}
	}
	return nil, "", n.enter()
}

func (n *notary) Link(_ context.Context, id, signer string) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return "", err
	}
	if n.requests[id] == nil {
		return "", signing.ErrUnknown
	}
	return "https://sign.example/" + id + "/" + signer, nil
}

func (n *notary) SignedCopy(_ context.Context, id string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return nil, err
	}
	if n.requests[id].answer.State != events.SignatureDone {
		return nil, signing.ErrNotReady
	}
	return []byte(n.copyBytes), n.copyErr
}

func (n *notary) Proof(_ context.Context, id string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return nil, err
	}
	if n.notReady {
		return nil, signing.ErrNotReady
	}
	return []byte("%PDF-1.7 proof of " + id), nil
}

// everyoneSigns makes all signers of a request sign.
func (n *notary) everyoneSigns(id string, at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.requests[id]
	r.answer.State = events.SignatureDone
	for s := range r.answer.Signers {
		r.answer.Signers[s] = signing.SignerAnswer{State: contract.HasSigned, SignedAt: at}
	}
}

// fails makes every call answer this error; nil ends it.
func (n *notary) fails(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = err
}
