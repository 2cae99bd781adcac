// Package fakesigning stands in for a signature service: requests in memory, and signers who sign when a test says so.
package fakesigning

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Service stands in for the signature service: requests by token, signers who sign when the test says so.
type Service struct {
	mu       sync.Mutex
	Requests map[string]*Request // by id
	err      error               // what every call answers, if set
	NotReady bool                // proofs are still being made
	Calls    int

	CopyErr   error  // what asking for the signed copy answers, if set
	CopyBytes string // the signed copy
}

type Request struct {
	Order   signing.Order
	Answer  signing.Result
	signers map[string]string
}

func New() *Service {
	return &Service{Requests: map[string]*Request{}, CopyBytes: "%PDF-1.7 signed"}
}

// enter begins a call.
func (n *Service) enter() error {
	n.Calls++
	return n.err
}

func (n *Service) Open(ctx context.Context, o signing.Order, p signing.Progress) (signing.Opened, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return signing.Opened{}, err
	}
	id := "r-" + digestOf(o.Token)[:8]
	if n.Requests[id] == nil {
		r := &Request{Order: o, signers: map[string]string{}, Answer: signing.Result{State: events.SignatureOngoing, Signers: map[string]signing.SignerResult{}}}
		for _, p := range o.People {
			r.signers[p.ID] = "s-" + p.ID
			r.Answer.Signers["s-"+p.ID] = signing.SignerResult{State: contract.Invited}
		}
		n.Requests[id] = r
	}
	if err := p.Note(ctx, id); err != nil {
		return signing.Opened{}, err
	}
	return signing.Opened{RequestID: id, Signers: n.Requests[id].signers}, nil
}

func (n *Service) Look(_ context.Context, id string) (signing.Result, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return signing.Result{}, err
	}
	r := n.Requests[id]
	if r == nil {
		return signing.Result{}, signing.ErrUnknown
	}
	return r.Answer, nil
}

func (n *Service) Withdraw(_ context.Context, _, id, _ string) (signing.Result, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return signing.Result{}, err
	}
	r := n.Requests[id]
	if r == nil {
		return signing.Result{State: events.SignatureNone}, nil
	}
	if r.Answer.State == events.SignatureNone { // a draft, deleted by this or before
		return signing.Result{State: events.SignatureNone, Deleted: true}, nil
	}
	if r.Answer.State == events.SignatureOngoing {
		r.Answer.State = events.SignatureCancelled
	}
	return r.Answer, nil
}

func (n *Service) Sees(context.Context, func(string) bool) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.Requests) > 0, n.enter()
}

// List shows one request on a page; the cursor is the id of the request before.
func (n *Service) List(_ context.Context, cursor string) (page []signing.Listed, next string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if cursor == "stale" {
		return nil, "", signing.Rejected{Status: 400, Type: "cursor"}
	}
	ids := slices.Sorted(maps.Keys(n.Requests))
	for i, id := range ids {
		if id > cursor {
			r := n.Requests[id]
			if i < len(ids)-1 {
				next = id
			}
			return []signing.Listed{{ID: id, ExternalID: r.Order.Token, State: r.Answer.State}}, next, n.enter()
		}
	}
	return nil, "", n.enter()
}

func (n *Service) Link(_ context.Context, id, signer string) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return "", err
	}
	if n.Requests[id] == nil {
		return "", signing.ErrUnknown
	}
	return "https://sign.example/" + id + "/" + signer, nil
}

func (n *Service) SignedCopy(_ context.Context, id string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return nil, err
	}
	if n.Requests[id].Answer.State != events.SignatureDone {
		return nil, signing.ErrNotReady
	}
	return []byte(n.CopyBytes), n.CopyErr
}

func (n *Service) Proof(_ context.Context, id string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.enter(); err != nil {
		return nil, err
	}
	if n.NotReady {
		return nil, signing.ErrNotReady
	}
	return []byte("%PDF-1.7 proof of " + id), nil
}

// EveryoneSigns makes all signers of a request sign.
func (n *Service) EveryoneSigns(id string, at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.Requests[id]
	r.Answer.State = events.SignatureDone
	for s := range r.Answer.Signers {
		r.Answer.Signers[s] = signing.SignerResult{State: contract.HasSigned, SignedAt: at}
	}
}

// Fail makes every call answer this error; nil ends it.
func (n *Service) Fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = err
}

func digestOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
