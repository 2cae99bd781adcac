package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sendgrid/rest"
)

// searchTimeout bounds one question to the search.
const searchTimeout = 10 * time.Second

// Search asks SendGrid's Email Activity for a mail with these marks, which it calls unique_args there, and if it shows none
// for the newest of all mails (https://www.twilio.com/docs/sendgrid/api-reference/email-activity/filter-all-messages).
// Its error is a fault: for good where there is no search, because the account has not bought it or the key may not.
func (s SendGrid) Search(ctx context.Context, customArgs map[string]string) (SearchResult, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*searchTimeout)
	defer cancel()
	var terms []string
	for _, name := range slices.Sorted(maps.Keys(customArgs)) {
		terms = append(terms, fmt.Sprintf(`(unique_args['%s']="%s")`, name, customArgs[name]))
	}
	matching, _, err := s.messages(ctx, strings.Join(terms, " AND "))
	if err != nil || len(matching) > 0 {
		return SearchResult{Found: len(matching) > 0}, err
	}
	newest, now, err := s.messages(ctx, "")
	if err != nil || len(newest) == 0 {
		return SearchResult{Empty: true}, err
	}
	return SearchResult{NewestAge: now.Sub(newest[0].Last)}, nil
}

// activity is as much of a mail in Email Activity as is looked at.
type activity struct {
	ID   string    `json:"msg_id"`
	Last time.Time `json:"last_event_time"`
}

// messages returns the mails that a query describes, newest first, and what time it is by SendGrid's own clock.
func (s SendGrid) messages(ctx context.Context, query string) (all []activity, now time.Time, err error) {
	q := s.request
	q.Method, q.Body, q.BaseURL = rest.Get, nil, s.address+"/v3/messages"
	q.QueryParams = map[string]string{"limit": "1"}
	if query != "" {
		q.QueryParams["query"] = query
	}
	r, err := rest.BuildRequestObject(q)
	if err != nil {
		return nil, now, Failure{Class: Installation, Cause: Misconfigured, Detail: "SendGrid cannot be asked: look at SENDGRID_URL"}
	}
	answer, err := s.client.Do(r.WithContext(ctx))
	if err != nil {
		return nil, now, Failure{Class: Installation, Cause: Unreachable, Detail: "SendGrid cannot be asked: " + reasonOf(err)}
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if answer.StatusCode != http.StatusOK {
		return nil, now, s.noSearch(answer)
	}
	var out struct {
		Messages *[]activity `json:"messages"`
	}
	now, err = http.ParseTime(answer.Header.Get("Date"))
	if err != nil || json.Unmarshal(body, &out) != nil || out.Messages == nil {
		return nil, now, Failure{Class: Installation, Cause: Unreachable, Detail: "SendGrid's search answered with something else"}
	}
	return *out.Messages, now, nil
}

// noSearch tells a search that there is not from one that does not work now.
func (s SendGrid) noSearch(answer *http.Response) Failure {
	f := Failure{Class: Installation, Cause: Unreachable, Detail: fmt.Sprintf("SendGrid's search answered %d", answer.StatusCode)}
	switch answer.StatusCode {
	case http.StatusTooManyRequests:
		f.After = s.wait(answer.Header)
	case http.StatusUnauthorized:
		f.Cause = unauthorized
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
		f.Class, f.Detail = Permanent, f.Detail+": the account or the key has no Email Activity"
	}
	return f
}
