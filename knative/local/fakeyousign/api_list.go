package fakeyousign

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageSize is how many requests a page of the list has, unless it is asked for less; also the most.
const pageSize = 100

// filterForm is field[operator].
var filterForm = regexp.MustCompile(`^([a-z_]+)\[([a-z]+)\]$`)

// filter says whether a request belongs into the list. The service's default, source[eq]=public_api, needs none: all
// requests here come from the API.
type filter func(*request) bool

// listRequests answers a page, newest first. A cursor names the last request of the page before, so requests that are
// made meanwhile move nothing.
func (s *Service) listRequests(r *http.Request) (answer, error) {
	limit, after, filters, err := readList(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	all, err := s.newest()
	if err != nil {
		return answer{}, err
	}
	plan := s.faults.Plan()
	s.faults.meet(plan.ListLag+plan.ListStale > 0)
	visible := s.o.Now().Add(-milliseconds(plan.ListLag, 0))
	filters = append(filters, func(q *request) bool {
		return !q.CreatedAt.After(visible) && q.Elsewhere == plan.OtherWorkspace
	})
	if plan.ListStale > 0 {
		all = s.asTheyStood(all, s.o.Now().Add(-milliseconds(plan.ListStale, 0)))
	}
	if after != "" {
		i := slices.IndexFunc(all, func(q *request) bool { return q.ID == after })
		if i < 0 {
			return answer{}, invalid{{"after", "This cursor is not valid."}}.err()
		}
		all = all[i+1:]
	}
	data, next := page(all, filters, limit)
	return ok(object{"meta": object{"next_cursor": next}, "data": each(data, viewListed)})
}

// page takes the first limit requests that pass all filters, and the cursor of what follows, or nil.
func page(all []*request, filters []filter, limit int) (data []*request, next any) {
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
	var v invalid
	limit = pageSize
	for key, values := range query {
		value := values[len(values)-1]
		m := filterForm.FindStringSubmatch(key)
		switch {
		case key == "limit":
			limit, err = strconv.Atoi(value)
			v.must(err == nil && limit >= 1 && limit <= pageSize, "limit", "The value must be from 1 to 100.")
		case key == "after":
			cursor, err := base64.RawURLEncoding.DecodeString(value)
			v.must(err == nil, "after", "This cursor is not valid.")
			after = string(cursor)
		case key == "q":
			filters = append(filters, func(q *request) bool { return strings.Contains(strings.ToLower(q.Name), strings.ToLower(value)) })
		case m == nil:
			v.add(key, "This parameter is not known.")
		default:
			filters = append(filters, newFilter(&v, m[1], m[2], value))
		}
	}
	return limit, after, filters, v.err()
}

// newFilter makes the filter field[operator]=value. external_id knows eq only.
func newFilter(v *invalid, field, operator, value string) filter {
	list := []string{value}
	if operator == "in" {
		list = strings.Split(value, ",")
	}
	matches := func(got string) bool { return slices.Contains(list, got) }
	equality := operator == "eq" || (operator == "in" && field != "external_id")
	switch field {
	case "external_id", "status", "source", "workspace_id":
		v.must(equality, field+"["+operator+"]", "This operator is not known.")
	}
	switch field {
	case "external_id":
		return func(q *request) bool { return q.ExternalID != nil && matches(*q.ExternalID) }
	case "status":
		return func(q *request) bool { return matches(q.Status) }
	case "source":
		return func(*request) bool { return matches("public_api") }
	case "workspace_id":
		return func(q *request) bool { return q.WorkspaceID != nil && matches(*q.WorkspaceID) }
	case "created_at":
		return days(v, field, operator, value, func(q *request) time.Time { return q.CreatedAt })
	case "activated_at":
		return days(v, field, operator, value, func(q *request) time.Time { return q.ActivatedAt })
	case "completed_at":
		return days(v, field, operator, value, func(q *request) time.Time { return q.CompletedAt })
	}
	v.add(field, "This filter is not known.")
	return nil
}

// days compares by day; before and after leave the named day out, between takes both in.
func days(v *invalid, field, operator, value string, of func(*request) time.Time) filter {
	name := field + "[" + operator + "]"
	from, to, two := strings.Cut(value, ",")
	for _, day := range []string{from, to} {
		_, err := time.Parse(time.DateOnly, day)
		v.must(err == nil || (day == "" && !two), name, "It must be a date as yyyy-mm-dd.")
	}
	v.must(two == (operator == "between"), name, "It must be one date, or two for between.")
	v.must(slices.Contains([]string{"eq", "between", "before", "after"}, operator), name, "This operator is not known.")
	return func(q *request) bool {
		day := of(q).UTC().Format(time.DateOnly)
		switch {
		case of(q).IsZero():
			return false
		case operator == "between":
			return day >= from && day <= to
		case operator == "before":
			return day < from
		case operator == "after":
			return day > from
		}
		return day == from
	}
}
