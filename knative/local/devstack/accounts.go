package devstack

import (
	"context"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/knative/local/scenario"
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
	var users []scenario.User
	for _, a := range accounts {
		if a.Role != auth.Administrator {
			users = append(users, scenario.User{Email: a.Email, Name: a.Name, Role: string(a.Role), Password: a.Password, Locale: a.Locale})
		}
	}
	as := scenario.Account{Email: administrator.Email, Password: administrator.Password}
	if err := scenario.CreateUsers(ctx, internalURL(t.listeners.functions["orchestrate"]), as, false, users...); err != nil {
		return fmt.Errorf("%w (the logs are in %s/log)", err, t.o.Dir)
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
