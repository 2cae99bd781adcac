package orchestrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// signersLimit is how many people may sign one contract. Yousign takes a hundred; no contract of ours has room.
const signersLimit = 10

// newContract is what a client sends to make one. Its owner is never a field: it is whoever the token speaks for.
type newContract struct {
	Template string          `json:"template"` // "service-agreement/1", or the name alone for the newest version
	Language string          `json:"language"`
	Title    string          `json:"title"`
	Data     json.RawMessage `json:"data"`
	Signers  []newSigner     `json:"signers"` // in signing order
	Ordered  bool            `json:"ordered"`
	Deadline string          `json:"deadline"` // the last day, 2026-12-31
}

// newSigner is a person who is to sign: the address gets the letters, and the phone the code that proves who it is.
type newSigner struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Locale    string `json:"locale"`
}

// faults collects what is wrong with a request, field by field. No reason repeats a value.
type faults []function.FieldError

func (f *faults) add(field, reason string) {
	if reason != "" {
		*f = append(*f, function.FieldError{Field: field, Reason: reason})
	}
}

// draft makes the contract that was asked for, or says what is wrong with each field.
func (n newContract) draft(now time.Time) (persistclient.Draft, faults) {
	var wrong faults
	d := persistclient.Draft{
		ID: contract.ID(newID()), Language: n.Language, Title: tidy(n.Title), Data: n.Data, Ordered: n.Ordered,
	}
	wrong.add("title", whyNoTitle(d.Title))
	d.Template = n.checkTemplate(&wrong)
	d.People = n.people(&wrong)
	deadline, why := deadlineOn(n.Deadline, now)
	wrong.add("deadline", why)
	d.Deadline = deadline
	return d, wrong
}

// checkTemplate finds the template, checks language and data against it, and returns its full name.
func (n newContract) checkTemplate(wrong *faults) string {
	t, found := templates.Find(n.Template)
	if !found {
		wrong.add("template", "must be one of "+strings.Join(templateNames(), ", "))
		return ""
	}
	if !slices.Contains(t.Languages, n.Language) {
		wrong.add("language", "must be one of "+strings.Join(t.Languages, ", "))
	}
	if data := bytes.TrimSpace(n.Data); len(data) == 0 || data[0] != '{' {
		wrong.add("data", "must be an object")
		return t.Ref()
	}
	for _, e := range t.Check(n.Data) {
		if e.Field != "data" {
			e.Field = "data." + e.Field
		}
		wrong.add(e.Field, e.Reason)
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
func (n newContract) people(wrong *faults) []persistclient.Person {
	if len(n.Signers) < 1 || len(n.Signers) > signersLimit {
		wrong.add("signers", fmt.Sprintf("must be 1 to %d people", signersLimit))
		return nil
	}
	var people []persistclient.Person
	seen := map[string]bool{}
	for i, s := range n.Signers {
		p := persistclient.Person{
			ID: newID(), FirstName: tidy(s.FirstName), LastName: tidy(s.LastName),
			Phone: strings.TrimSpace(s.Phone), Locale: s.Locale,
		}
		field := func(name string) string { return fmt.Sprintf("signers[%d].%s", i, name) }
		wrong.add(field("first_name"), whyNoName(p.FirstName))
		wrong.add(field("last_name"), whyNoName(p.LastName))
		p.Email = wrong.email(field("email"), s.Email, emailLimit)
		wrong.add(field("phone"), whyNoPhone(p.Phone))
		wrong.add(field("locale"), whyNoLocale(p.Locale))
		if email := strings.ToLower(p.Email); seen[email] {
			wrong.add(field("email"), "must differ from the other signers'")
		} else if email != "" {
			seen[email] = true
		}
		people = append(people, p)
	}
	return people
}

// tidy writes text the way it is kept: composed (NFC) and without space around it.
func tidy(text string) string { return norm.NFC.String(strings.TrimSpace(text)) }
