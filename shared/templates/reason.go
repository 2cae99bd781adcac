package templates

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// why says in plain words what a value must be, or "" if it is that; what is within it is not looked at. It never
// repeats the value, which may be personal.
func (s *schema) why(value any) string {
	if s.Type != "" && !types[s.Type].is(value) {
		return "must be " + types[s.Type].words
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(option any) bool { return same(option, value) }) {
		return "must be " + alternatives(s.Enum)
	}
	switch v := value.(type) {
	case string:
		return s.whyText(v)
	case json.Number:
		return s.whyNumber(rational(v))
	case []any:
		return s.whyList(len(v))
	}
	return ""
}

func (s *schema) whyText(text string) string {
	n := utf8.RuneCountInString(text)
	switch {
	case n < s.MinLength && s.MinLength == 1:
		return "must not be empty"
	case n < s.MinLength:
		return fmt.Sprintf("must have at least %d characters", s.MinLength)
	case s.MaxLength != nil && n > *s.MaxLength:
		return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
	case s.pattern != nil && !s.pattern.MatchString(text):
		return "is not written as it should be"
	case s.Format != "" && !formats[s.Format].is(text):
		return "must be " + formats[s.Format].words
	}
	return ""
}

func (s *schema) whyNumber(n *big.Rat) string {
	for _, limit := range []struct {
		bound json.Number
		keeps func(order int) bool
		words string
	}{
		{s.Minimum, func(order int) bool { return order >= 0 }, "must be at least "},
		{s.ExclusiveMinimum, func(order int) bool { return order > 0 }, "must be more than "},
		{s.Maximum, func(order int) bool { return order <= 0 }, "must be at most "},
		{s.ExclusiveMaximum, func(order int) bool { return order < 0 }, "must be less than "},
	} {
		if limit.bound != "" && !limit.keeps(n.Cmp(rational(limit.bound))) {
			return limit.words + limit.bound.String()
		}
	}
	if s.MultipleOf != "" && !new(big.Rat).Quo(n, rational(s.MultipleOf)).IsInt() {
		return "must be a multiple of " + s.MultipleOf.String()
	}
	return ""
}

func (s *schema) whyList(n int) string {
	switch {
	case n < s.MinItems:
		return "must have at least " + counted(s.MinItems)
	case s.MaxItems != nil && n > *s.MaxItems:
		return "must have at most " + counted(*s.MaxItems)
	}
	return ""
}

// rational is the number exactly: in binary no price would be a multiple of 0.01.
func rational(n json.Number) *big.Rat {
	exact, _ := new(big.Rat).SetString(n.String()) // JSON's numbers are all written as big.Rat reads them
	return exact
}

// same compares as JSON Schema does: 20 is 20.0.
func same(a, b any) bool {
	m, isNumber := a.(json.Number)
	n, areNumbers := b.(json.Number)
	if isNumber && areNumbers {
		return rational(m).Cmp(rational(n)) == 0
	}
	return reflect.DeepEqual(a, b)
}

func alternatives(options []any) string {
	output := make([]string, len(options))
	for i, option := range options {
		output[i] = fmt.Sprint(option)
	}
	return strings.Join(output, " or ")
}

func counted(n int) string {
	if n == 1 {
		return "one entry"
	}
	return fmt.Sprintf("%d entries", n)
}
