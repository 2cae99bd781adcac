// Package input is what clients send: the form of each body, the checks of each field, and what is kept of it. It knows nothing of HTTP.
package input

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// Contract is what a client sends to make one. Its owner is never a field: it is whoever the token speaks for.
type Contract struct {
	Template string          `json:"template"` // "service-agreement/1", or the name alone for the newest version
	Language string          `json:"language"`
	Title    string          `json:"title"`
	Data     json.RawMessage `json:"data"`
	Signers  []Signer        `json:"signers"` // in signing order
	Ordered  bool            `json:"ordered"`
	Deadline string          `json:"deadline"` // the last day, 2026-12-31
}

// Signer is a person who is to sign: the address gets the notifications, and the phone the code that proves who it is.
type Signer struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Locale    string `json:"locale"`
}

// Draft makes the contract that was asked for, or says what is wrong with each field.
func (n Contract) Draft(now time.Time) (persistclient.Draft, FieldErrors) {
	var wrong FieldErrors
	d := persistclient.Draft{
		ID: contract.ID(ids.New()), Language: n.Language, Title: fields.Normalize(n.Title), Data: n.Data, Ordered: n.Ordered,
	}
	wrong.text("title", d.Title, fields.ValidateTitle)
	d.Template = n.checkTemplate(&wrong)
	d.People = n.people(&wrong)
	deadline, why := parseDeadline(n.Deadline, now)
	wrong.Add("deadline", why)
	d.Deadline = deadline
	return d, wrong
}

// checkTemplate finds the template, checks language and data against it, and returns its full name.
func (n Contract) checkTemplate(wrong *FieldErrors) string {
	t, found := templates.Find(n.Template)
	if !found {
		wrong.Add("template", "must be one of "+strings.Join(templateNames(), ", "))
		return ""
	}
	if !slices.Contains(t.Languages, n.Language) {
		wrong.Add("language", "must be one of "+strings.Join(t.Languages, ", "))
	}
	if data := bytes.TrimSpace(n.Data); len(data) == 0 || data[0] != '{' {
		wrong.Add("data", "must be an object")
		return t.Ref()
	}
	for _, e := range t.Check(n.Data) {
		if e.Field != "data" {
			e.Field = "data." + e.Field
		}
		wrong.Add(e.Field, e.Reason)
	}
	return t.Ref()
}

// templateNames is what there is to choose from.
func templateNames() []string {
	var names []string
	for _, t := range templates.List() {
		names = append(names, t.Name)
	}
	return names
}

// people checks every signer. Two signers with one address would get each other's codes and links.
func (n Contract) people(wrong *FieldErrors) []persistclient.Person {
	if len(n.Signers) < 1 || len(n.Signers) > fields.SignersLimit {
		wrong.Add("signers", fmt.Sprintf("must be 1 to %d people", fields.SignersLimit))
		return nil
	}
	var people []persistclient.Person
	seen := map[string]bool{}
	for i, s := range n.Signers {
		p := persistclient.Person{
			ID: ids.New(), FirstName: fields.Normalize(s.FirstName), LastName: fields.Normalize(s.LastName),
			Phone: strings.TrimSpace(s.Phone), Locale: s.Locale,
		}
		field := func(name string) string { return fmt.Sprintf("signers[%d].%s", i, name) }
		wrong.text(field("first_name"), p.FirstName, fields.ValidatePersonName)
		wrong.text(field("last_name"), p.LastName, fields.ValidatePersonName)
		p.Email = wrong.Email(field("email"), s.Email, fields.SignerEmailLimit)
		wrong.Check(field("phone"), fields.ValidatePhone(p.Phone))
		wrong.Check(field("locale"), fields.ValidateLocale(p.Locale))
		if email := strings.ToLower(p.Email); seen[email] {
			wrong.Add(field("email"), "must differ from the other signers'")
		} else if email != "" {
			seen[email] = true
		}
		people = append(people, p)
	}
	return people
}
