package persistclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/paraphe/paraphe/shared/contract"
)

// Create makes a contract that belongs to the person who asks.
func (c *Client) Create(ctx context.Context, d Draft, once Idempotency) (View, error) {
	var v View
	return v, c.call(ctx, http.MethodPost, "/contracts", d, &v, once.header()...)
}

// Contract returns one contract. ErrNotFound if there is none that the caller may see.
func (c *Client) Contract(ctx context.Context, id contract.ID) (View, error) {
	var v View
	return v, c.call(ctx, http.MethodGet, "/contracts/"+url.PathEscape(string(id)), nil, &v)
}

// Contracts returns a page of those that the person may see.
func (c *Client) Contracts(ctx context.Context, q Query) (Page, error) {
	v := url.Values{}
	set := func(k, s string) {
		if s != "" {
			v.Set(k, s)
		}
	}
	set("status", string(q.Status))
	set("q", q.Search)
	set("cursor", q.Cursor)
	set("cause", q.Cause)
	if q.Attention {
		v.Set("attention", "true")
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	var p Page
	return p, c.call(ctx, http.MethodGet, "/contracts?"+v.Encode(), nil, &p)
}

// Perform writes down what a person asked for and orchestrate granted. ErrConflict if the contract has another
// version by now.
func (c *Client) Perform(ctx context.Context, id contract.ID, w Action, once Idempotency) (View, error) {
	var v View
	return v, c.call(ctx, http.MethodPost, "/contracts/"+url.PathEscape(string(id))+"/actions", w, &v, once.header()...)
}

// History returns the contract's history, oldest first.
func (c *Client) History(ctx context.Context, id contract.ID) ([]Entry, error) {
	var h []Entry
	return h, c.call(ctx, http.MethodGet, "/contracts/"+url.PathEscape(string(id))+"/history", nil, &h)
}

func (i Idempotency) header() []string {
	if i.Key == "" {
		return nil
	}
	return []string{"Idempotency-Key", i.Key, "Idempotency-Digest", i.Digest}
}
