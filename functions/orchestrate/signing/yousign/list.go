package yousign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// mostPages bounds how far a list is followed: a list that does not end is no answer.
const mostPages = 50

// wirePage is a page of the list. Both parts are always there.
type wirePage struct {
	Meta *struct {
		Next string `json:"next_cursor"` // null, which reads as "", after the last page
	} `json:"meta"`
	Data *[]wireRequest `json:"data"`
}

// list asks for a page, newest first. A page that is not whole is an error: "none" must never be read out of it.
func (y *Client) list(ctx context.Context, act, cursor string, filter url.Values) (page []wireRequest, next string, err error) {
	query := url.Values{"limit": {"100"}}
	for name, value := range filter {
		query[name] = value
	}
	if cursor != "" {
		query.Set("after", cursor)
	}
	var p wirePage
	if err := y.json(ctx, call{act: act, method: http.MethodGet, path: "/signature_requests?" + query.Encode()}, &p); err != nil {
		return nil, "", err
	}
	if p.Meta == nil || p.Data == nil || slices.ContainsFunc(*p.Data, func(r wireRequest) bool { return r.ID == "" || r.Status == "" }) {
		return nil, "", fmt.Errorf("%s: the list is not whole", act)
	}
	return *p.Data, p.Meta.Next, nil
}

// find lists the requests that bear this token, all of them. The token is compared again, so that a filter which is
// passed over never gives us somebody else's.
func (y *Client) find(ctx context.Context, token string) (found []wireRequest, err error) {
	const act = "find the request by its token"
	if token == "" { // every request without one would bear it
		return nil, errors.New(act + ": there is none")
	}
	cursor := ""
	for range mostPages {
		page, next, err := y.list(ctx, act, cursor, url.Values{"external_id[eq]": {token}})
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if r.ExternalID == token && r.Status != wireDeleted {
				found = append(found, r)
			}
		}
		if cursor = next; cursor == "" {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%s: the list does not end", act)
}

// only returns the request with this token, having removed every other. One that was activated comes before a
// draft, an older one before a younger: so all who look agree. A removal that fails ends the try, because the other
// one may have become active in this moment.
func (y *Client) only(ctx context.Context, token string) (r wireRequest, found bool, err error) {
	all, err := y.find(ctx, token)
	if err != nil || len(all) == 0 {
		return wireRequest{}, false, err
	}
	slices.SortFunc(all, wireRequest.before)
	for _, surplus := range all[1:] {
		_, err := y.end(ctx, surplus, "made twice")
		if rejected(err) || errors.Is(err, signing.ErrUnknown) {
			err = errOvertaken
		}
		if err != nil {
			return wireRequest{}, false, err
		}
	}
	return all[0], true, nil
}

// before orders requests of the same token by how much has happened to them, most first.
func (r wireRequest) before(other wireRequest) int {
	return cmp.Or(r.rank()-other.rank(), r.CreatedAt.Compare(other.CreatedAt), cmp.Compare(r.ID, other.ID))
}

// rank orders the statuses.
func (r wireRequest) rank() int {
	switch {
	case r.Status == wireDraft:
		return 3
	case r.Status == wireDone:
		return 0
	case r.ongoing():
		return 1
	}
	return 2
}

// List implements Service. Requests that were made in the service's own app are not in it.
func (y *Client) List(ctx context.Context, cursor string) ([]signing.Listed, string, error) {
	page, next, err := y.list(ctx, "list the requests", cursor, nil)
	if err != nil {
		return nil, "", err
	}
	listed := make([]signing.Listed, 0, len(page))
	for _, r := range page {
		state, _ := r.state() // "" is an answer here
		listed = append(listed, signing.Listed{ID: r.ID, ExternalID: r.ExternalID, Status: plain(r.Status), State: state, Created: r.CreatedAt})
	}
	return listed, next, nil
}

// Sees implements Service. Ours are mostly on the first page, which has the newest.
func (y *Client) Sees(ctx context.Context, mine func(externalID string) bool) (bool, error) {
	cursor := ""
	for range mostPages {
		page, next, err := y.list(ctx, "look for any request of ours", cursor, nil)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(page, func(r wireRequest) bool { return r.ExternalID != "" && mine(r.ExternalID) }) {
			return true, nil
		}
		if cursor = next; cursor == "" {
			return false, nil
		}
	}
	return false, nil
}
