package httpapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// How many contracts a page has.
const (
	usualPage   = 20
	largestPage = 100
)

func (h *handlers) listContracts(r *http.Request, caller access.Caller) (answer, error) {
	q, after, err := readQuery(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	items, more, err := h.Views.List(r.Context(), caller, q, after)
	page := persistclient.Page{Items: items}
	if more {
		page.Next = cursor(items[len(items)-1])
	}
	return ok(page), err
}

// readQuery reads a list's parameters.
func readQuery(v url.Values) (persistclient.Query, views.Place, error) {
	q := persistclient.Query{Status: contract.Status(v.Get("status")), Search: v.Get("q"), Cause: v.Get("cause"), Cursor: v.Get("cursor"), Limit: usualPage}
	var f fieldErrors
	f.check("status", q.Status == "" || slices.Contains(contract.Statuses, q.Status), "is no status")
	f.length("q", q.Search, 0, 200)
	f.length("cause", q.Cause, 0, fields.CauseLimit)
	if text := v.Get("attention"); text != "" {
		want, err := strconv.ParseBool(text)
		f.check("attention", err == nil, "must be true or false")
		q.Attention = want
	}
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		f.check("limit", err == nil && n >= 1 && n <= largestPage, fmt.Sprintf("must be 1 to %d", largestPage))
		q.Limit = n
	}
	after, err := readCursor(q.Cursor)
	f.check("cursor", err == nil, "is none that was given out")
	return q, after, f.err()
}

// cursor names the place behind v in the list.
func cursor(v persistclient.View) string {
	return base64.RawURLEncoding.EncodeToString([]byte(v.CreatedAt.Format(time.RFC3339Nano) + " " + string(v.ID)))
}

func readCursor(text string) (views.Place, error) {
	if text == "" {
		return views.Newest, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return views.Place{}, err
	}
	at, id, _ := strings.Cut(string(plain), " ")
	if !contractForm().MatchString(id) {
		return views.Place{}, errors.New("cursor of no contract")
	}
	createdAt, err := time.Parse(time.RFC3339Nano, at)
	return views.Place{CreatedAt: createdAt, ID: id}, err
}

func (h *handlers) listAttention(r *http.Request, caller access.Caller) (answer, error) {
	causes, err := h.Views.Attention(r.Context(), caller)
	return ok(causes), err
}

// selectByCause chooses contracts that need attention for a cause. With a key, the choice is kept.
func (h *handlers) selectByCause(r *http.Request, caller access.Caller) (answer, error) {
	action, cause := lifecycle.Action(r.PathValue("action")), r.PathValue("cause")
	var f fieldErrors
	f.check("action", action == lifecycle.Retry || action == lifecycle.SetAside, "is not one of retry, set_aside")
	f.length("cause", cause, 1, fields.CauseLimit)
	once, err := idempotencyOf(r)
	if err := errors.Join(f.err(), err); err != nil {
		return answer{}, err
	}
	s, err := h.Views.Select(r.Context(), caller, cause, action, once)
	return ok(s), err
}
