package generatedoc

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// Limits of what is drawn.
const (
	nameLimit  = 255 // characters in a signer's first or last name: the signature service takes no more
	pageLimit  = 150 // pages: beyond that Yousign ignores anchors without a word
	placeLimit = 100 // signers
)

// Refused says why a contract can never be drawn as it is. It names the field and never repeats its value.
type Refused struct{ Field, Reason string }

func (r Refused) Error() string { return strings.TrimSpace(r.Field + " " + r.Reason) }

// validate finds the contract's template and looks whether everything about the contract can be drawn with it. What
// it looks at was looked at when the contract was made; it does so again because what is signed is made here.
func validate(view persistclient.View) (templates.Template, error) {
	template, known := templates.Find(view.Template)
	if !known {
		return template, Refused{"template", "is not known"}
	}
	if _, has := template.Text(view.Language); !has {
		return template, Refused{"language", "is none that the template is written in"}
	}
	if wrong := template.Check(view.Data); len(wrong) > 0 {
		return template, Refused{fieldOfData(wrong[0].Field), wrong[0].Reason}
	}
	return template, people(view.People)
}

// fieldOfData is the field as a client wrote it in the request that made the contract.
func fieldOfData(field string) string {
	if field == "data" {
		return field
	}
	return "data." + field
}

func people(people []persistclient.Person) error {
	if n := len(people); n == 0 || n > placeLimit {
		return Refused{"signers", fmt.Sprintf("must be 1 to %d", placeLimit)}
	}
	for i, p := range people {
		for _, name := range []struct{ field, value string }{{"first_name", p.FirstName}, {"last_name", p.LastName}} {
			if reason := undrawable(name.value); reason != "" {
				return Refused{fmt.Sprintf("signers[%d].%s", i, name.field), reason}
			}
		}
	}
	return nil
}

// undrawable says why a name cannot be drawn, or nothing.
func undrawable(name string) string {
	if strings.TrimSpace(name) == "" {
		return "is missing"
	}
	if utf8.RuneCountInString(name) > nameLimit {
		return fmt.Sprintf("must have at most %d characters", nameLimit)
	}
	if r, bad := templates.Undrawable(name); bad {
		return fmt.Sprintf("has a character that the document cannot show: %U", r)
	}
	return ""
}
