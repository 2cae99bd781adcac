package input

import (
	"fmt"

	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/templates"
)

// FieldErrors collects what is wrong with a request, field by field. No reason repeats a value.
type FieldErrors []function.FieldError

func (f *FieldErrors) Add(field, reason string) {
	if reason != "" {
		*f = append(*f, function.FieldError{Field: field, Reason: reason})
	}
}

// Check adds the field if err says why its value cannot be taken.
func (f *FieldErrors) Check(field string, err error) {
	if err != nil {
		f.Add(field, err.Error())
	}
}

// text checks what stands in the document: by its rule, and whether it can be drawn, which would fail after sending.
func (f *FieldErrors) text(field, text string, rule func(string) error) {
	if err := rule(text); err != nil {
		f.Add(field, err.Error())
	} else if r, bad := templates.Undrawable(text); bad {
		f.Add(field, fmt.Sprintf("has a character that the document cannot show: %U", r))
	}
}

// Email returns an address as it is kept. limit is how many characters there is room for where it goes.
func (f *FieldErrors) Email(field, typed string, limit int) string {
	address, err := fields.NormalizeEmail(typed)
	switch {
	case err != nil:
		f.Add(field, err.Error())
	case len(address) > limit:
		f.Add(field, fmt.Sprintf("must have at most %d characters", limit))
	}
	return address
}
