package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/paraphe/paraphe"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// given are the settings that only others can give, and from whom. An empty one is as one that is missing: the
// function that needs it says so in one line and does not start.
var given = map[string]string{
	"SIGNATURE_API_KEY": "the signature service's API key",
	"SENDGRID_API_KEY":  "SendGrid's API key, or instead smtp-url",
	"SMTP_URL":          "the mail server, smtp://user:password@host:587, or instead sendgrid-api-key",
}

// The database's roles.
const (
	servingRole = "paraphe_persist"
	owningRole  = "paraphe_owner"
	readingRole = "paraphe_reports"
	backupRole  = "paraphe_backup"
)

// secrets is the value of every secret setting, by function and setting, and the password of the first account if one
// was made.
type secrets struct {
	values   map[string]map[string]string
	password string
}

// mint is what the new secrets of one installation have in common.
type mint struct {
	o                       options
	session, seal, password string
}

// made is how each secret that is ours is made for the function of this name.
var made = map[string]func(m *mint, name string) string{
	"FUNCTION_KEY":           func(_ *mint, name string) string { return newKey(name) },
	"FUNCTION_PUBLIC_KEYS":   func(*mint, string) string { return "" }, // see publish
	"SESSION_KEYS":           func(m *mint, _ string) string { return m.session },
	"SESSION_PUBLIC_KEYS":    func(*mint, string) string { return "" },
	"SEAL_KEYS":              func(m *mint, _ string) string { return m.seal },
	"WEBHOOK_SECRETS":        func(*mint, string) string { return newSecret("main") },
	"DATABASE_URL":           func(m *mint, _ string) string { return as(m.o.database, servingRole) },
	"MIGRATION_DATABASE_URL": func(m *mint, _ string) string { return as(m.o.database, owningRole) },
	"READING_DATABASE_URL":   func(m *mint, _ string) string { return as(m.o.database, readingRole) },
	"BACKUP_DATABASE_URL":    func(m *mint, _ string) string { return as(m.o.database, backupRole) },
	"FIRST_ADMINISTRATOR":    (*mint).account,
}

// settings lists the secret settings that each function reads, out of its manifest.
func settings() map[string][]string {
	all := map[string][]string{}
	for _, m := range paraphe.Manifests() {
		for _, setting := range function.SettingNames(m.Settings) {
			_, ours := made[setting]
			if _, fromOthers := given[setting]; ours || fromOthers {
				all[m.Name] = append(all[m.Name], setting)
			}
		}
	}
	return all
}

// makeSecrets makes new ones.
func makeSecrets(o options) *secrets {
	m := &mint{o: o, session: newKey("session"), seal: newKey("seal")}
	s := &secrets{values: map[string]map[string]string{}}
	for name, read := range settings() {
		s.values[name] = map[string]string{}
		for _, setting := range read {
			s.values[name][setting] = ""
			if maker, ours := made[setting]; ours {
				s.values[name][setting] = maker(m, name)
			}
		}
	}
	s.publish()
	s.password = m.password
	return s
}

// publish sets the public keys to the halves of the private ones.
func (s *secrets) publish() {
	for setting, private := range map[string]string{"FUNCTION_PUBLIC_KEYS": "FUNCTION_KEY", "SESSION_PUBLIC_KEYS": "SESSION_KEYS"} {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(s.values)) {
			if keys := s.values[name][private]; keys != "" {
				all = append(all, publicHalves(keys))
			}
		}
		for _, values := range s.values {
			if _, reads := values[setting]; reads {
				values[setting] = strings.Join(all, ",")
			}
		}
	}
}

// publicHalves keeps the order: what is made twice from the same keys is the same.
func publicHalves(private string) string {
	var halves []string
	for part := range strings.SplitSeq(private, ",") {
		var keys auth.PrivateKeys
		if keys.Decode(part) == nil { // they were made or checked here
			halves = append(halves, keys.Public().String())
		}
	}
	return strings.Join(halves, ",")
}

// account makes the first account, if its address was given, with a new password.
func (m *mint) account(string) string {
	if m.o.administrator == "" {
		return ""
	}
	m.password = rand.Text()
	return m.o.administrator + ":" + auth.HashPassword(m.password)
}

// newKey makes a key in the form of the settings, good for Ed25519 and for AES-256 alike: 32 random bytes.
func newKey(id string) string {
	key := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(key) // never fails
	return id + ":" + base64.RawURLEncoding.EncodeToString(key)
}

// newSecret makes a slot's webhook secret, of the 32 characters that Yousign asks for.
func newSecret(slot string) string { return slot + ":" + (rand.Text() + rand.Text())[:32] }

// as is the database's address for a role, with a new password.
func as(database, role string) string {
	u, err := url.Parse(database)
	if err != nil {
		return "" // it was checked
	}
	u.User = url.UserPassword(role, rand.Text())
	return u.String()
}

// secretName and keyName are where knative/manifests look for a setting.
func secretName(name string) string { return "paraphe-" + name }
func keyName(setting string) string { return strings.ToLower(strings.ReplaceAll(setting, "_", "-")) }

// tellWhatIsMissing says what is still to be done, and nothing secret.
func (s *secrets) tellWhatIsMissing(stderr io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		for _, setting := range slices.Sorted(maps.Keys(s.values[name])) {
			if what, fromOthers := given[setting]; fromOthers && s.values[name][setting] == "" {
				fmt.Fprintf(stderr, "still to be given: %s in %s: %s\n", keyName(setting), secretName(name), what)
			}
		}
	}
	fmt.Fprintf(stderr, "webhook-secrets is to be given to the signature service; the role %s must be in the database, with CREATEROLE and its password\n", owningRole)
}
