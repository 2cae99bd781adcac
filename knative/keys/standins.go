package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// administratorSetting is what the scenario of `helm test` logs in with: "e-mail:password".
const administratorSetting = "ADMINISTRATOR"

// playInside makes up what only others could give, for where stand-ins play those others: they take any key that the
// functions have.
func (s *secrets) playInside(o options) {
	s.values["orchestrate"]["SIGNATURE_API_KEY"] = rand.Text()
	s.values["send-mail"]["SENDGRID_API_KEY"] = "SG." + rand.Text()
	if s.password != "" {
		s.values["administrator"] = map[string]string{administratorSetting: o.administrator + ":" + s.password}
	}
}

// environments is one file of settings for each container of compose.yaml that has secrets, and in it only its own.
func (s *secrets) environments(dir string) (map[string]string, error) {
	database, err := url.Parse(s.values["persist"]["MIGRATION_DATABASE_URL"])
	if err != nil || database.User == nil {
		return nil, errors.New("-database is required, for example postgres://postgres:5432/paraphe?sslmode=disable")
	}
	password, _ := database.User.Password()
	all := maps.Clone(s.values)
	delete(all, "administrator")
	all["postgres"] = map[string]string{
		"POSTGRES_USER": database.User.Username(), "POSTGRES_PASSWORD": password, "POSTGRES_DB": strings.Trim(database.Path, "/"),
	}
	all["yousign"] = map[string]string{
		"SIGNATURE_API_KEY": s.values["orchestrate"]["SIGNATURE_API_KEY"], "WEBHOOK_SECRETS": s.values["receive-webhook"]["WEBHOOK_SECRETS"],
	}
	all["mailbox"] = map[string]string{"SENDGRID_API_KEY": s.values["send-mail"]["SENDGRID_API_KEY"]}
	all["scenario"] = s.values["administrator"]
	files := map[string]string{}
	for name, values := range all {
		if text := lines(values); text != "" {
			files[filepath.Join(dir, name+".env")] = text
		}
	}
	return files, nil
}

// lines writes settings as compose reads them: in single quotes nothing is replaced, and no value of ours has one.
func lines(values map[string]string) string {
	var text strings.Builder
	for _, setting := range slices.Sorted(maps.Keys(values)) {
		if values[setting] != "" {
			fmt.Fprintf(&text, "%s='%s'\n", setting, values[setting])
		}
	}
	return text.String()
}

// writeEnvironments writes them for their user alone. What is there already stays: it opens the database that is there.
func (s *secrets) writeEnvironments(dir string) error {
	files, err := s.environments(dir)
	if err != nil {
		return err
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*.env")); len(found) > 0 {
		return fmt.Errorf("%s already exists: nothing was written", found[0])
	}
	if err := open(dir); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := writeNew(path, files[path]); err != nil {
			return err
		}
	}
	return nil
}
