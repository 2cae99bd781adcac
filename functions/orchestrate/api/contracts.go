package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	searchLimit = 200 // characters
	pageLimit   = 100 // contracts
)

// CreateContract makes a draft that belongs to the caller. Every wrong field is named at once, and then nothing is
// written.
func (a *API) CreateContract(c rest.Call) error {
	var asked input.Contract
	raw, err := c.Body(&asked, false)
	if err != nil {
		return err
	}
	once, err := c.IdempotencyKey(raw)
	if err != nil {
		return err
	}
	draft, wrong := asked.Draft(a.Now())
	if len(wrong) > 0 {
		return rest.Invalid(wrong...)
	}
	v, err := c.Record.Create(c.R.Context(), draft, once)
	if err != nil {
		return err
	}
	c.W.Header().Set("Location", "/v1/contracts/"+string(v.ID))
	return a.show(c, http.StatusCreated, v)
}

// ShowContract answers one contract, or 304 if the caller has it as it stands.
func (a *API) ShowContract(c rest.Call) error {
	v, err := contractOf(c)
	if err != nil {
		return err
	}
	if tag := etag(v.Version); unchanged(c.R, tag) {
		c.W.Header().Set("ETag", tag)
		c.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	return a.show(c, http.StatusOK, v)
}

// ListContracts answers a page of what the caller may see, newest first.
func (a *API) ListContracts(c rest.Call) error {
	q, wrong := queryOf(c.R)
	if len(wrong) > 0 {
		return rest.Invalid(wrong...)
	}
	page, err := c.Record.Contracts(c.R.Context(), q)
	if err != nil {
		return err
	}
	items := []ContractView{}
	for _, v := range page.Items {
		items = append(items, viewOf(v, a.Now()))
	}
	function.WriteJSON(c.W, http.StatusOK, struct {
		Items []ContractView `json:"items"`
		Next  string         `json:"next,omitempty"`
	}{items, page.Next})
	return nil
}

// statuses lists every status as a sentence does.
func statuses() string {
	words := make([]string, len(contract.Statuses))
	for i, s := range contract.Statuses {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// queryOf reads what a list is asked for. The cursor is persist's to understand, and to refuse.
func queryOf(r *http.Request) (persistclient.Query, []function.FieldError) {
	var wrong []function.FieldError
	must := func(ok bool, field, reason string) {
		if !ok {
			wrong = append(wrong, function.FieldError{Field: field, Reason: reason})
		}
	}
	v := r.URL.Query()
	q := persistclient.Query{Status: contract.Status(v.Get("status")), Search: v.Get("q"), Cursor: v.Get("cursor"), Attention: v.Get("attention") == "true", Cause: v.Get("cause")}
	must(q.Status == "" || slices.Contains(contract.Statuses, q.Status), "status", "must be one of "+statuses())
	searchable := utf8.ValidString(q.Search) && !strings.ContainsRune(q.Search, 0) && utf8.RuneCountInString(q.Search) <= searchLimit
	must(searchable, "q", "must be text of at most "+strconv.Itoa(searchLimit)+" characters")
	must(q.Cause == "" || fields.ValidateCause(q.Cause) == nil, "cause", "must be a cause as it is listed, for example mail.address_refused")
	must(slices.Contains([]string{"", "true", "false"}, v.Get("attention")), "attention", "must be true or false")
	if limit := v.Get("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		must(err == nil && n >= 1 && n <= pageLimit, "limit", "must be from 1 to "+strconv.Itoa(pageLimit))
		q.Limit = n
	}
	return q, wrong
}
