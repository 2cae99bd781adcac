package api

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// pageSize is how many requests a page of the list has, unless it is asked for less; also the most.
const pageSize = 100

// filter says whether a request belongs into the list.
type filter func(*model.Request) bool

// listRequests answers a page, newest first. A cursor names the last request of the page before, so requests that are
// made meanwhile move nothing.
func (s *API) listRequests(r *http.Request) (answer, error) {
	limit, after, filters, err := readList(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	all, err := s.store.NewestFirst()
	if err != nil {
		return answer{}, err
	}
	plan := s.faults.Plan()
	s.faults.Record(plan.ListLag+plan.ListStale > 0)
	visible := s.Now().Add(-faults.Milliseconds(plan.ListLag, 0))
	filters = append(filters, func(q *model.Request) bool {
		return !q.CreatedAt.After(visible) && q.Elsewhere == plan.OtherWorkspace
	})
	if plan.ListStale > 0 {
		all = s.store.AsOf(all, s.Now().Add(-faults.Milliseconds(plan.ListStale, 0)))
	}
	if after != "" {
		i := slices.IndexFunc(all, func(q *model.Request) bool { return q.ID == after })
		if i < 0 {
			return answer{}, wire.InvalidField("after", "This cursor is not valid.")
		}
		all = all[i+1:]
	}
	data, next := page(all, filters, limit)
	return ok(wire.Object{"meta": wire.Object{"next_cursor": next}, "data": wire.Each(data, viewListed)})
}

// page takes the first limit requests that pass all filters, and the cursor of what follows, or nil.
func page(all []*model.Request, filters []filter, limit int) (data []*model.Request, next any) {
	for _, q := range all {
		if !slices.ContainsFunc(filters, func(f filter) bool { return !f(q) }) {
			if len(data) == limit {
				return data, base64.RawURLEncoding.EncodeToString([]byte(data[limit-1].ID))
			}
			data = append(data, q)
		}
	}
	return data, nil
}

// readList refuses what it does not know: a filter that is misspelt would otherwise list everything.
func readList(query url.Values) (limit int, after string, filters []filter, err error) {
	var v wire.Invalid
	limit = pageSize
	for key, values := range query {
		value := values[len(values)-1]
		switch key {
		case "limit":
			limit, err = strconv.Atoi(value)
			v.Must(err == nil && limit >= 1 && limit <= pageSize, "limit", "The value must be from 1 to 100.")
		case "after":
			cursor, err := base64.RawURLEncoding.DecodeString(value)
			v.Must(err == nil, "after", "This cursor is not valid.")
			after = string(cursor)
		case "external_id[eq]":
			filters = append(filters, func(q *model.Request) bool { return q.ExternalID != nil && *q.ExternalID == value })
		default:
			v.Add(key, "This fake does not know this parameter.")
		}
	}
	return limit, after, filters, v.Err()
}
