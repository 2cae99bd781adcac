package architecture_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// secretive is how settings are called that hold secrets.
var secretive = regexp.MustCompile(`KEY|SECRET|PASSWORD|TOKEN|DATABASE_URL|SMTP_URL|FIRST_ADMINISTRATOR`)

// mayBeAbsent are the secrets that a function does without, and what it is then without.
var mayBeAbsent = map[string]string{
	"MIGRATION_DATABASE_URL": "it migrates nothing",
	"READING_DATABASE_URL":   "there is no role for reports",
	"BACKUP_DATABASE_URL":    "there is no role for backups",
	"FIRST_ADMINISTRATOR":    "no account is made",
	"SENDGRID_API_KEY":       "mail goes by SMTP, or it does not start",
	"SMTP_URL":               "mail goes by SendGrid, or it does not start",
	"WEBHOOK_SECRETS":        "there is no default for what outsiders must know",
}

func TestNoSecretHasADefaultOrStandsInAManifest(t *testing.T) {
	t.Parallel()
	seen := 0
	for name, m := range manifests() {
		fields := reflect.TypeOf(m.Settings)
		for i := range fields.NumField() {
			tag := fields.Field(i).Tag
			setting := tag.Get("envconfig")
			if !secretive.MatchString(setting) {
				continue
			}
			seen++
			if value, has := tag.Lookup("default"); has {
				t.Errorf("%s: %s has the default %q: every installation would have the same secret", name, setting, value)
			}
			if tag.Get("required") != "true" && mayBeAbsent[setting] == "" {
				t.Errorf("%s: %s may be missing; say what happens then", name, setting)
			}
		}
		for _, e := range serviceOf(t, name).Spec.Template.Spec.Containers[0].Env {
			if secretive.MatchString(e.Name) && e.Value != nil {
				t.Errorf("%s: knative/manifests says %s in clear", name, e.Name)
			}
			if e.Value == nil && !secretive.MatchString(e.Name) {
				t.Errorf("%s: %s comes from a Secret, and its name does not say so", name, e.Name)
			}
		}
	}
	if seen < len(mayBeAbsent) {
		t.Errorf("only %d secret settings were looked at", seen)
	}
}

// The accounts of `make run` and what its stand-ins know are for this machine alone.
func TestLocalPasswordsAreNowhereElse(t *testing.T) {
	t.Parallel()
	local, err := os.ReadFile("knative/local/devstack/accounts.go")
	if err != nil {
		t.Fatal(err)
	}
	var passwords []string
	for _, found := range regexp.MustCompile(`Password: "([^"]+)"`).FindAllStringSubmatch(string(local), -1) {
		passwords = append(passwords, found[1])
	}
	if len(passwords) < 3 {
		t.Fatalf("the accounts of the stack have the passwords %v", passwords)
	}
	for _, file := range files(t, ".go", ".yaml", ".js", ".html", ".json") {
		if within(file, "knative/local") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(passwords, func(p string) bool { return strings.Contains(string(text), p) }) {
			t.Errorf("%s knows a password of the local stack", file)
		}
	}
}
