package fakeyousign

import (
	"net/http"
	"time"
)

// listWebhooks shows the one subscription. Making others is refused with 405: as for the real sandbox, they are made
// by hand.
func (s *Service) listWebhooks(*http.Request) (answer, error) {
	if s.o.WebhookURL == "" {
		return ok([]object{})
	}
	return ok([]object{s.viewWebhook()})
}

func (s *Service) getWebhook(r *http.Request) (answer, error) {
	if id := r.PathValue("webhook"); s.o.WebhookURL == "" || id != subscriptionID {
		return answer{}, notFound("webhook", id)
	}
	return ok(s.viewWebhook())
}

func (s *Service) viewWebhook() object {
	made := date(time.Unix(0, 0))
	return object{
		"id": subscriptionID, "endpoint": s.o.WebhookURL, "description": subscriptionDescription, "sandbox": s.o.Sandbox,
		"subscribed_events": subscribed, "scopes": []string{"public_api"}, "workspaces": []string{"*"},
		"secret_key": s.o.WebhookSecret, "auto_retry": true, "enabled": true, "created_at": made, "updated_at": made,
	}
}
