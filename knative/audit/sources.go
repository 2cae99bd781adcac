package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/time/rate"

	"github.com/paraphe/paraphe/knative/audit/check"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// settings are what the functions have too, under the same names.
type settings struct {
	Reading        string           `envconfig:"READING_DATABASE_URL"`
	Database       string           `envconfig:"DATABASE_URL"`
	SignatureURL   string           `envconfig:"SIGNATURE_URL" default:"https://api-sandbox.yousign.app/v3"`
	SignatureKey   string           `envconfig:"SIGNATURE_API_KEY"`
	SignatureCalls int              `envconfig:"SIGNATURE_CALLS_PER_MINUTE" default:"10"` // beside those of orchestrate
	Environment    auth.Environment `envconfig:"SIGNATURE_ENVIRONMENT" default:"sandbox"`
	Slot           auth.Slot        `envconfig:"WEBHOOK_SLOT" default:"main"`
	SealKeys       auth.SealKeys    `envconfig:"SEAL_KEYS"`
	MailURL        string           `envconfig:"SENDGRID_URL" default:"https://api.sendgrid.com"`
	MailKey        string           `envconfig:"SENDGRID_API_KEY"`
}

// runFile is what this command needs of the run.json of a running `make run`.
type runFile struct {
	Database     string `json:"database"`
	Yousign      string `json:"yousign"`
	SignatureKey string `json:"signature_key"`
	Mailbox      string `json:"mailbox"`
	MailKey      string `json:"mail_key"`
}

// sources finds out where to look.
func (o options) sources(b function.Boot) (check.Sources, error) {
	var s settings
	if err := b.Settings(&s); err != nil {
		return check.Sources{}, err
	}
	for _, address := range []string{o.database, s.Reading, s.Database} {
		if address != "" {
			return o.choose(b, s, address), nil
		}
	}
	t, err := readRunFile(o.dir)
	if err != nil {
		return check.Sources{}, err
	}
	s.SignatureURL, s.SignatureKey, s.SignatureCalls = t.Yousign+"/v3", t.SignatureKey, 0 // the stand-in takes as many as come
	s.MailURL, s.MailKey = t.Mailbox, t.MailKey
	o.notifications = true
	return o.choose(b, s, t.Database), nil
}

func readRunFile(dir string) (runFile, error) {
	var t runFile
	text, err := os.ReadFile(filepath.Join(dir, "run.json")) // #nosec G304 -- the operator's own folder
	if errors.Is(err, os.ErrNotExist) {
		return t, fmt.Errorf("no Paraphe runs in %s and no record is named: set READING_DATABASE_URL, such as "+
			"postgres://reports:password@host:5432/paraphe, or start make run", dir)
	}
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil {
		return t, fmt.Errorf("read %s/run.json: %w", dir, err)
	}
	return t, nil
}

// askTimeout bounds one call of an outside service.
const askTimeout = 30 * time.Second

// choose takes what there are keys for.
func (o options) choose(b function.Boot, s settings, database string) check.Sources {
	from := check.Sources{Database: database}
	client := function.NewClient(askTimeout)
	if s.SignatureKey != "" {
		from.Service = check.Yousign(s.SignatureURL, s.SignatureKey, client, b.Now, s.gate())
	}
	if len(s.SealKeys) > 0 {
		seal := auth.SealContext{Service: "yousign", Environment: s.Environment, Slot: s.Slot}
		from.Ours = func(externalID string) bool {
			_, err := s.SealKeys.Open(externalID, seal)
			return err == nil
		}
	}
	if o.notifications && s.MailKey != "" {
		from.Mail = check.SendGrid{Address: s.MailURL, Key: s.MailKey, HTTP: client}
	}
	return from
}

// gate lets calls begin no faster than the setting says: the functions call the same service.
func (s settings) gate() func(context.Context) error {
	if s.SignatureCalls <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Every(time.Minute/time.Duration(s.SignatureCalls)), 1).Wait
}
