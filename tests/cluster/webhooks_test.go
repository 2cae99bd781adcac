//go:build cluster

package cluster

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// request is a signature request as far as a webhook tells of it.
type request struct {
	ID         string `json:"id"`
	Status     string `json:"status"`
	ExternalID string `json:"external_id"`
}

// requests lists those that the stand-in has open.
func (i *installation) requests(ctx context.Context) ([]request, error) {
	var list struct{ Data []request }
	text, err := i.askSigner(ctx, http.MethodGet, "/v3/signature_requests?limit=100", "")
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &list)
	return slices.DeleteFunc(list.Data, func(r request) bool { return r.Status != "ongoing" }), err
}

// liftQuota lets the stand-in answer more calls than Yousign's sandbox does: 30 a minute are for another test.
func (i *installation) liftQuota(ctx context.Context) error {
	_, err := i.askSigner(ctx, http.MethodPost, "/admin/quota", "{}")
	return err
}

func (i *installation) askSigner(ctx context.Context, method, path, body string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, i.outside("yousign")+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+i.secrets["paraphe-orchestrate"]["signature-api-key"])
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the stand-in answered %s: %s", answer.Status, text)
	}
	return text, err
}

// report sends a new, proved webhook of this name about a request, and returns how it was answered within that time.
func (i *installation) report(ctx context.Context, about request, name string, within time.Duration) (int, time.Duration) {
	body := fmt.Appendf(nil, `{"event_id":%q,"event_name":%q,"sandbox":true,"data":{"signature_request":{"id":%q,"external_id":%q}}}`,
		rand.Text(), name, about.ID, about.ExternalID)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	began := time.Now()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.outside("receive-webhook")+"/yousign/main", bytes.NewReader(body))
	if err != nil {
		return 0, 0
	}
	r.Header.Set("X-Yousign-Signature-256", i.sign(body))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, time.Since(began)
	}
	_ = answer.Body.Close()
	return answer.StatusCode, time.Since(began)
}

// sign is the service's signature over a body, with the secret that receive-webhook has too.
func (i *installation) sign(body []byte) string {
	_, secret, _ := strings.Cut(i.secrets["paraphe-receive-webhook"]["webhook-secrets"], ":")
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
