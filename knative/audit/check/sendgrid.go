package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/shared/contract"
)

// SendGrid counts notifications by SendGrid's message search, which an account has to have bought
// (https://www.twilio.com/docs/sendgrid/api-reference/email-activity/filter-all-messages). A notification is found by the
// custom arguments that send-mail gives it.
type SendGrid struct {
	Address, Key string
	HTTP         *http.Client
}

// searchLimit is how many mails one search shows at most.
const searchLimit = 1000

// Count implements Mails.
func (s SendGrid) Count(ctx context.Context, id contract.ID, notification *contract.Notification) (int, error) {
	terms := []string{term("contract", string(id))}
	if notification != nil {
		terms = append(terms, term("kind", string(notification.Kind)), term("sequence", strconv.Itoa(notification.Sequence)), term("recipient", notification.Recipient))
	}
	query := url.Values{"limit": {strconv.Itoa(searchLimit)}, "query": {strings.Join(terms, " AND ")}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(s.Address, "/")+"/v3/messages?"+query.Encode(), nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+s.Key)
	answer, err := s.HTTP.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return 0, fmt.Errorf("read its answer: %w", err)
	}
	var found struct{ Messages *[]struct{} }
	if answer.StatusCode != http.StatusOK || json.Unmarshal(text, &found) != nil || found.Messages == nil {
		return 0, fmt.Errorf("the mail search at SENDGRID_URL answered %s: the account of SENDGRID_API_KEY may not include it", answer.Status)
	}
	return len(*found.Messages), nil
}

func term(name, value string) string { return fmt.Sprintf("unique_args['%s']=%q", name, value) }
