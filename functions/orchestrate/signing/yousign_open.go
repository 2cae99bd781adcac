package signing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/paraphe/paraphe/shared/events"
)

// errOvertaken says that another delivery of the same command worked on the same draft meanwhile.
var errOvertaken = errors.New("the draft was changed by another delivery of the same command")

// Open implements Service. Each step begins from what the service has, not from what was done: a process may end,
// and an answer may be lost, between any two of them.
func (y *Yousign) Open(ctx context.Context, o Order) (Opened, error) {
	release, err := y.turns.take(ctx, o.Token)
	if err != nil {
		return Opened{}, fmt.Errorf("wait for the same order: %w", err)
	}
	defer release()
	opened, err := y.open(ctx, o)
	if errors.Is(err, errOvertaken) || errors.Is(err, ErrUnknown) {
		return y.open(ctx, o) // most likely it is open by now
	}
	return opened, err
}

// open makes one pass over the steps: find, create, upload, add the signers, verify, activate.
func (y *Yousign) open(ctx context.Context, o Order) (Opened, error) {
	r, found, err := y.only(ctx, o.Token)
	switch {
	case err != nil:
		return Opened{}, err
	case found && r.Status != wireDraft:
		return y.adopt(ctx, r, o)
	}
	id, signers, err := y.prepare(ctx, r.ID, o)
	if err == nil {
		err = y.launch(ctx, id, len(o.People), o.Token)
	}
	if err != nil {
		return Opened{}, y.giveUp(ctx, id, err)
	}
	return Opened{RequestID: id, Signers: signers}, nil
}

// launch makes sure that the draft is exactly the order, and the only one of it, and activates it. Only from then on
// can anybody sign.
func (y *Yousign) launch(ctx context.Context, id string, people int, token string) error {
	first, found, err := y.only(ctx, token)
	switch {
	case err != nil:
		return err
	case !found: // its list lags behind, and what else it does not show yet may be active
		return errors.New("the signature service does not list the new request yet")
	case first.ID != id:
		return errOvertaken
	}
	r, err := y.request(ctx, id)
	if err != nil {
		return err
	}
	if r.Status != wireDraft || r.ExternalID != token || !r.complete(people) {
		return errOvertaken
	}
	var activated wireRequest
	if err := y.post(ctx, "activate request "+id, path("signature_requests", id, "activate"), nil, &activated); err != nil {
		return err
	}
	switch {
	case activated.ID != id:
		return fmt.Errorf("activate request %s: the answer is about another one", id)
	case !activated.complete(people):
		return y.withdraw(ctx, activated)
	}
	return nil
}

// complete reports whether the request has one document to sign and this number of signers.
func (r wireRequest) complete(people int) bool {
	return len(r.Documents) == 1 && r.Documents[0].Nature == signableDocument && len(r.Signers) == people
}

// adopt takes over a request that was activated before, whatever became of it since.
func (y *Yousign) adopt(ctx context.Context, r wireRequest, o Order) (Opened, error) {
	documents, signers, err := y.inspect(ctx, r.ID)
	if err != nil {
		return Opened{}, err
	}
	if len(documents) != 1 || len(signers) != len(o.People) {
		return Opened{}, y.withdraw(ctx, r)
	}
	ours, all := match(o.People, signers)
	if !all {
		return Opened{}, Rejected{Type: "paraphe.mismatch", Detail: "request " + r.ID + " has other signers than the order"}
	}
	return Opened{RequestID: r.ID, Signers: ours}, nil
}

// withdraw removes a request that was activated with too much in it: two instances can add the same signer in the
// same moment, and the service has no way to forbid it. Nobody was given a link, for Open never returned it; a new
// one is made. Its error is never nil.
func (y *Yousign) withdraw(ctx context.Context, r wireRequest) error {
	err := y.discard(ctx, r)
	if err == nil {
		err = y.remove(ctx, r.ID)
	}
	if err == nil || rejected(err) {
		return errOvertaken
	}
	return err
}

// giveUp deletes the draft of an order that the service will never take, so that no document stays there for
// nothing. If the draft is gone or active, somebody else made it so, and the refusal came from that.
func (y *Yousign) giveUp(ctx context.Context, id string, cause error) error {
	if errors.Is(cause, ErrUnknown) {
		return errOvertaken
	}
	var refusal Rejected
	if !errors.As(cause, &refusal) || id == "" {
		return cause
	}
	r, err := y.request(ctx, id)
	switch {
	case errors.Is(err, ErrUnknown), err == nil && r.Status != wireDraft && refusal.Status != 0:
		return errOvertaken
	case err == nil && r.Status == wireDraft:
		err = y.discard(ctx, r)
	}
	return errors.Join(cause, err)
}

// only returns the request with this token, having removed every other. One that was activated comes before a
// draft, an older one before a younger: so all who look agree. A removal that fails ends the attempt, because the
// other one may have become active in this moment.
func (y *Yousign) only(ctx context.Context, token string) (r wireRequest, found bool, err error) {
	all, err := y.find(ctx, token)
	if err != nil || len(all) == 0 {
		return wireRequest{}, false, err
	}
	slices.SortFunc(all, func(a, b wireRequest) int {
		return cmp.Or(a.rank()-b.rank(), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	for _, surplus := range all[1:] {
		err := y.discard(ctx, surplus)
		if rejected(err) {
			err = errOvertaken
		}
		if err != nil {
			return wireRequest{}, false, err
		}
	}
	return all[0], true, nil
}

// rank orders requests of the same token by how much has happened to them, most first.
func (r wireRequest) rank() int {
	switch {
	case r.Status == wireDraft:
		return 3
	case r.state() == events.SignatureDone:
		return 0
	case r.state() == events.SignatureOngoing:
		return 1
	}
	return 2
}

// find lists the requests that bear this token. The token is compared again, so that a filter which is passed over
// never gives us somebody else's.
func (y *Yousign) find(ctx context.Context, token string) ([]wireRequest, error) {
	var page struct {
		Data []wireRequest `json:"data"`
	}
	query := url.Values{"external_id[eq]": {token}, "limit": {"100"}}
	if err := y.get(ctx, "find the request by its token", "/signature_requests?"+query.Encode(), &page); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(page.Data, func(r wireRequest) bool {
		return r.ExternalID != token || r.Status == wireDeleted || r.ID == ""
	}), nil
}
