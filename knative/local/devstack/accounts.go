package devstack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/shared/auth"
)

// Account is somebody who can log in.
type Account struct {
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     auth.Role `json:"role"`
	Password string    `json:"password"`
	Locale   string    `json:"locale"`
}

// The demo accounts. Their passwords are no secrets: the stack listens on this machine only.
var (
	administrator = Account{Email: "admin@paraphe.example", Name: "Administrator", Role: auth.Administrator, Password: "demo administrator", Locale: "en"}
	accounts      = []Account{
		{Email: "manager@paraphe.example", Name: "Marie Lefèvre", Role: auth.Manager, Password: "demo manager", Locale: "fr"},
		{Email: "customer@paraphe.example", Name: "Jean Œuvrard", Role: auth.Customer, Password: "demo customer", Locale: "fr"},
		administrator,
	}
)

// createAccounts creates the missing accounts by the client API.
func (t *Stack) createAccounts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var session struct {
		Token string `json:"access_token"`
	}
	login := map[string]string{"email": administrator.Email, "password": administrator.Password}
	if err := t.post(ctx, "/v1/session", "", login, &session); err != nil {
		return fmt.Errorf("log in as the administrator: %w (the logs are in %s/log)", err, t.o.Dir)
	}
	for _, a := range accounts {
		if a.Role == auth.Administrator {
			continue
		}
		user := map[string]any{"email": a.Email, "name": a.Name, "role": a.Role, "password": a.Password, "locale": a.Locale}
		if err := t.post(ctx, "/v1/users", session.Token, user, nil); err != nil {
			return fmt.Errorf("create the account %s: %w", a.Email, err)
		}
	}
	if err := postgres.Exec(ctx, t.Run.Database, proveAddresses); err != nil {
		return fmt.Errorf("verify the addresses of the demo accounts: %w", err)
	}
	return nil
}

// proveAddresses marks the addresses of the demo accounts as verified, as the tables' owner. On this machine everybody can
// read the one mailbox, so a verification link would prove nothing.
const proveAddresses = `SET paraphe.role = 'function';
	SELECT prove_address(id, now()) FROM users WHERE email LIKE '%@paraphe.example' AND email_verified_at IS NULL`

// post calls the client API of orchestrate. A 409 is success: it exists already.
func (t *Stack) post(ctx context.Context, path, token string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, internalURL(t.listeners.functions["orchestrate"])+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusConflict {
		return nil
	}
	if answer.StatusCode/100 != 2 {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 2048))
		return fmt.Errorf("%s answered %s: %s", path, answer.Status, said)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(out)
}
