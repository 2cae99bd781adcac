package mailbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// found is a mail as SendGrid's search shows it
// (https://www.twilio.com/docs/sendgrid/api-reference/email-activity/filter-all-messages).
type found struct {
	From   string `json:"from_email"`
	ID     string `json:"msg_id"`
	Title  string `json:"subject"`
	To     string `json:"to_email"`
	Status string `json:"status"`
	Opens  int    `json:"opens_count"`
	Clicks int    `json:"clicks_count"`
	Last   string `json:"last_event_time"`
}

// searchLimit is how many mails one search shows at most, and usualLimit how many if it does not say.
const (
	searchLimit = 1000
	usualLimit  = 10
)

// search answers GET /v3/messages: the mails that a query describes, newest first.
func (m *Mailbox) search(w http.ResponseWriter, r *http.Request) {
	f, mails := m.searched()
	if !m.authorised(r) || f.Then == Revoked {
		refuse(w, http.StatusUnauthorized, unauthorized)
		return
	}
	if misled(w, f.Search) {
		return
	}
	limit := usualLimit
	if text := r.URL.Query().Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > searchLimit {
			refuse(w, http.StatusBadRequest, fieldError{Message: "the limit is from 1 to 1000"})
			return
		}
	}
	fits, err := parseQuery(r.URL.Query().Get("query"))
	if err != nil {
		refuse(w, http.StatusBadRequest, fieldError{Message: err.Error()})
		return
	}
	shown := []found{}
	until := m.o.Now().Add(-time.Duration(f.SearchLag) * time.Millisecond)
	for _, mail := range slices.Backward(mails) {
		if len(shown) < limit && !mail.At.After(until) && f.Search != SearchBlind && fits(mail) {
			shown = append(shown, found{From: mail.From, ID: mail.ID, Title: mail.Subject, To: mail.To, Status: "delivered", Last: mail.At.Format(time.RFC3339)})
		}
	}
	answer(w, http.StatusOK, map[string][]found{"messages": shown})
}

// searched is what a search meets.
func (m *Mailbox) searched() (Faults, []Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.faults.Search != SearchWorks || m.faults.SearchLag > 0 {
		m.met++
	}
	return m.faults, m.mails
}

// misled does what a fault does instead of searching, and reports whether it did.
func misled(w http.ResponseWriter, f SearchFault) bool {
	switch f {
	case SearchNotBought:
		refuse(w, http.StatusForbidden, fieldError{Message: "access forbidden"})
	case SearchMissing:
		refuse(w, http.StatusNotFound, fieldError{Message: "not found"})
	case SearchFails:
		refuse(w, http.StatusInternalServerError, fieldError{Message: "internal server error"})
	case SearchLimited:
		refuse(w, http.StatusTooManyRequests, fieldError{Message: "too many requests"})
	case SearchBabbles:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Be right back</body></html>")) // whoever asked may be gone
	default:
		return false
	}
	return true
}

// term is one condition of a query: unique_args['name']="value", which is what custom_args are called there, or
// to_email="value".
var term = regexp.MustCompile(`^\(?(?:unique_args\['([^']+)'\]|(to_email))="([^"]*)"\)?$`)

// parseQuery reads as much of SendGrid's query language as send-mail speaks: terms with AND between them. Anything else
// is refused, lest a stand-in pass over a condition that it does not know.
func parseQuery(query string) (fits func(Mail) bool, err error) {
	if query == "" {
		return func(Mail) bool { return true }, nil
	}
	var terms [][]string
	for text := range strings.SplitSeq(query, " AND ") {
		parts := term.FindStringSubmatch(text)
		if parts == nil {
			return nil, fmt.Errorf("unknown query: %s", text)
		}
		terms = append(terms, parts)
	}
	return func(m Mail) bool {
		return !slices.ContainsFunc(terms, func(t []string) bool {
			if t[2] != "" {
				return !strings.EqualFold(m.To, t[3])
			}
			return m.CustomArgs[t[1]] != t[3]
		})
	}, nil
}
