package devstack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/paraphe/paraphe"
	"github.com/paraphe/paraphe/shared/auth"
)

// databaseURLAs is the database's address for one of the roles that persist's migration creates. Roles belong to the whole
// PostgreSQL, so each stack's is named after its database.
func (t *Stack) databaseURLAs(role string) (string, error) {
	u, err := url.Parse(t.Run.Database)
	if err != nil {
		return "", errors.New("DATABASE_URL must be a URL, for example postgres://user:password@localhost:5432/paraphe")
	}
	u.User = url.UserPassword(strings.Trim(u.Path, "/")+"_"+role, t.secrets.DatabasePassword)
	return u.String(), nil
}

func functionNames() []string {
	var names []string
	for _, m := range paraphe.Manifests() {
		names = append(names, m.Name)
	}
	return names
}

// Environment is the settings of one function, for a test that starts it by itself.
func (t *Stack) Environment(name string) ([]string, error) { return t.environment(name) }

// environment is the settings of one function. In a cluster knative/manifests and Secrets give them; only addresses
// and secrets differ.
func (t *Stack) environment(name string) ([]string, error) {
	env := map[string]string{
		"BROKER_URL":            internalURL(t.listeners.broker),
		"PERSIST_URL":           internalURL(t.listeners.functions["persist"]),
		"ORCHESTRATE_URL":       internalURL(t.listeners.functions["orchestrate"]),
		"PUBLIC_URL":            publicURL(t.listeners.page),
		"FUNCTION_KEY":          namedKey(name, t.secrets.FunctionSeeds[name]),
		"FUNCTION_PUBLIC_KEYS":  t.functionKeys(),
		"SIGNATURE_ENVIRONMENT": "sandbox",
		"SIGNATURE_URL":         publicURL(t.listeners.yousign) + "/v3",
		"SIGNATURE_PAGES_URL":   publicURL(t.listeners.yousign),

		"SIGNATURE_CALLS_PER_MINUTE": "0", // the stand-in takes as many as come
		"SIGNATURE_SETTLE_AFTER":     "3s",
		"LOOKS_PER_MINUTE":           "0",

		"SENDGRID_URL":          internalURL(t.listeners.mailbox),
		"MAIL_FROM":             "Paraphe <contracts@paraphe.example>",
		"WEBHOOK_ADDRESS_LISTS": t.addressListDir(),
		"TRUSTED_PROXIES":       "127.0.0.1", // the activator, as the cluster's is one
	}
	if err := t.addSecrets(name, env); err != nil {
		return nil, err
	}
	maps.Copy(env, t.o.Settings)
	var list []string
	for k, v := range env {
		list = append(list, k+"="+v)
	}
	return list, nil
}

// webhookSlot is the signature service's one subscription, and listed is where it calls from: not from all of this machine's
// own addresses, so that a test can be a stranger.
const (
	webhookSlot      = "main"
	allowedAddresses = "127.0.0.1\n::1\n"
)

// addressListDir is the folder that receive-webhook reads who may call from.
func (t *Stack) addressListDir() string { return filepath.Join(t.o.Dir, "addresses") }

// writeAddressList writes what a ConfigMap holds in a cluster.
func (t *Stack) writeAddressList(context.Context) error {
	if err := os.MkdirAll(t.addressListDir(), 0o755); err != nil {
		return fmt.Errorf("create the folder %s: %w", t.addressListDir(), err)
	}
	return os.WriteFile(filepath.Join(t.addressListDir(), "yousign."+webhookSlot), []byte(allowedAddresses), 0o600)
}

// addSecrets gives each function the secrets that are its own, and no other's.
func (t *Stack) addSecrets(name string, env map[string]string) error {
	seal := namedKey("local", t.secrets.SealKey)
	switch name {
	case "orchestrate":
		env["SESSION_KEYS"] = namedKey("local", t.secrets.SessionSeed)
		env["SIGNATURE_API_KEY"] = t.secrets.SignatureKey
		env["SEAL_KEYS"] = seal
	case "receive-webhook":
		env["SEAL_KEYS"] = seal
		env["WEBHOOK_SECRETS"] = webhookSlot + ":" + t.secrets.WebhookSecret
	case "send-mail":
		env["SENDGRID_API_KEY"] = t.secrets.MailKey
	case "persist":
		return t.addDatabase(env)
	}
	return nil
}

// functionKeys are the public halves of every function's key, by which each knows the others.
func (t *Stack) functionKeys() string {
	var all []string
	for name, seed := range t.secrets.FunctionSeeds {
		all = append(all, namedPublicKey(name, seed))
	}
	return strings.Join(all, ",")
}

func (t *Stack) addDatabase(env map[string]string) error {
	serving, err := t.databaseURLAs("persist")
	if err != nil {
		return err
	}
	env["DATABASE_URL"] = serving
	env["MIGRATION_DATABASE_URL"] = t.Run.Database
	env["BACKUP_DATABASE_URL"] = t.Run.Backup
	env["SESSION_PUBLIC_KEYS"] = namedPublicKey("local", t.secrets.SessionSeed)
	env["FIRST_ADMINISTRATOR"] = administrator.Email + ":" + auth.HashPassword(administrator.Password)
	return nil
}
