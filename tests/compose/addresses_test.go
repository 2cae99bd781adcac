//go:build compose

package compose

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

func await(ctx context.Context, t *testing.T, what string, so func() bool) {
	t.Helper()
	if err := scenario.Await(ctx, so); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// awaitRoutes waits until those answer that nobody asks patiently, and the manager can log in.
func (i *installation) awaitRoutes(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, address := range []string{i.manager.Addresses.Mailbox, i.manager.Addresses.Phone} {
		await(ctx, t, address, func() bool { _, err := ask(ctx, http.MethodGet, address, "", nil); return err == nil })
	}
	if err := i.manager.MoveTo(ctx, i.manager.Addresses); err != nil {
		t.Fatal(err)
	}
}

// ask returns an answer's body, if it is of the 2xx kind.
func ask(ctx context.Context, method, address, token string, body any) ([]byte, error) {
	in, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s answered %s: %.500s", method, address, answer.Status, text)
	}
	return text, err
}

// kept is what the manager can read: each contract, its history, its documents' sums, and the notifications that were sent.
func (i *installation) kept(ctx context.Context, t *testing.T) map[string]string {
	t.Helper()
	api := i.manager.Addresses.Page + "/api/v1"
	var session struct {
		Token string `json:"access_token"`
	}
	var list struct{ Items []scenario.Contract }
	read := func(into any, method, address string, body any) string {
		text, err := ask(ctx, method, address, session.Token, body)
		if err == nil && into != nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	read(&session, http.MethodPost, api+"/session", map[string]string{"email": i.manager.Manager.Email, "password": i.manager.Manager.Password})
	read(&list, http.MethodGet, api+"/contracts?limit=100", nil)
	all := map[string]string{"notifications": read(nil, http.MethodGet, i.manager.Addresses.Mailbox+"/api/mails", nil)}
	for _, c := range list.Items {
		at := api + "/contracts/" + c.ID
		all[c.ID] = read(nil, http.MethodGet, at, nil)
		all[c.ID+" history"] = read(nil, http.MethodGet, at+"/history", nil)
		for version := range c.Documents {
			pdf := read(nil, http.MethodGet, at+"/document?version="+version, nil)
			all[c.ID+" "+version] = fmt.Sprintf("%x", sha256.Sum256([]byte(pdf)))
		}
	}
	return all
}
