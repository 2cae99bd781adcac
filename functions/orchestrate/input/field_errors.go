package input

import (
	"fmt"

	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
)

// FieldErrors collects what is wrong with a request, field by field. No reason repeats a value.
type FieldErrors []function.FieldError

func (f *FieldErrors) Add(field, reason string) {
	if reason != "" {
		*f = append(*f, function.FieldError{Field: field, Reason: reason})
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
