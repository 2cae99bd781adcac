//go:build cluster

package cluster

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
)

// identified says whether the cluster's Brokers want to know who speaks. Then the chart is installed with identities.
func identified(ctx context.Context) (bool, error) {
	var features struct{ Data map[string]string }
	err := look(ctx, &features, "configmap", "config-features", "-n", "knative-eventing")
	return features.Data["authentication-oidc"] == "enabled", err
}

// Where Brokers know identities, each function may say what it is the author of, and nobody may say anything else.
func TestTheBrokerTakesAnEventFromItsAuthorAlone(t *testing.T) {
	if !here.identified {
		t.Skip("this cluster has authentication-oidc off: Brokers take events from anyone, and functions believe their authors' signatures alone")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	audience := "eventing.knative.dev/broker/" + here.namespace + "/default"
	for _, c := range []struct {
		account, audience, event string
		status                   int
	}{
		{"", "", "mail.sent", http.StatusUnauthorized},
		{"send-mail", "https://elsewhere.example", "mail.sent", http.StatusUnauthorized},
		{"send-mail", audience, "mail.sent", http.StatusAccepted},
		{"send-mail", audience, "contract.completed", http.StatusForbidden},
		{"generate-doc", audience, "mail.sent", http.StatusForbidden},
		{"orchestrate", audience, "mail.send", http.StatusAccepted},
		{"frontend", audience, "mail.send", http.StatusForbidden},
		{"receive-webhook", audience, "signature.reported", http.StatusAccepted},
		{"receive-webhook", audience, "signature.checked", http.StatusForbidden},
		{"default", audience, "mail.sent", http.StatusForbidden},
	} {
		status, err := say(ctx, c.account, c.audience, "dev.paraphe."+c.event)
		if err != nil {
			t.Fatal(err)
		}
		if status != c.status {
			t.Errorf("%q for %q says %s: %d, want %d", c.account, c.audience, c.event, status, c.status)
		}
	}
}

// say says an event to the Broker with a token of this ServiceAccount's for this audience, or without any. It is signed by
// nobody, so that who receives it refuses it.
func say(ctx context.Context, account, audience, event string) (int, error) {
	address, err := serviceAddress(ctx, "broker-ingress", "knative-eventing")
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/"+here.namespace+"/default", strings.NewReader("{}"))
	if err != nil {
		return 0, err
	}
	for name, value := range map[string]string{"Specversion": "1.0", "Id": rand.Text(), "Source": "somebody", "Type": event} {
		r.Header.Set("Ce-"+name, value)
	}
	r.Header.Set("Content-Type", "application/json")
	if account != "" {
		token, err := kubectl(ctx, "create", "token", account, "-n", here.namespace, "--audience", audience)
		if err != nil {
			return 0, err
		}
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
