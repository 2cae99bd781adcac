package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
)

// kinds are the keys that can be rotated, and the setting that holds a list of them. The first of a list is used; the
// others are accepted.
var kinds = map[string]string{
	"function": "FUNCTION_KEY", "session": "SESSION_KEYS", "seal": "SEAL_KEYS", "webhook": "WEBHOOK_SECRETS",
}

func rotates(setting string) bool {
	for _, s := range kinds {
		if s == setting {
			return true
		}
	}
	return false
}

// rotate does one step for these kinds of keys. Between two steps every function must have started anew: a key must be
// known everywhere before anybody uses it, and used by nobody before it is dropped.
func (s *secrets) rotate(step string, chosen []string) error {
	steps := map[string]func(list []string, next string) []string{
		"add":  func(list []string, next string) []string { return append(list, next) },
		"use":  func(list []string, _ string) []string { return append(list[len(list)-1:], list[:len(list)-1]...) },
		"drop": func(list []string, _ string) []string { return list[:1] },
	}
	do, known := steps[step]
	if !known {
		return fmt.Errorf("-rotate is %q: it must be add, use or drop", step)
	}
	for _, kind := range chosen {
		setting, known := kinds[kind]
		if !known {
			return fmt.Errorf("-rotate: %q is not a kind of keys", kind)
		}
		if len(s.slots()) > 1 && setting == kinds["webhook"] {
			return fmt.Errorf("webhook secrets of several slots must be rotated by hand, one slot at a time: %v", s.slots())
		}
		s.each(setting, do)
	}
	s.publish()
	return nil
}

// slots are those that have webhook secrets.
func (s *secrets) slots() []string {
	var slots []string
	for _, values := range s.values {
		for part := range strings.SplitSeq(values[kinds["webhook"]], ",") {
			if slot, _, named := strings.Cut(part, ":"); named {
				slots = append(slots, slot)
			}
		}
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}

// each changes a setting wherever it stands. Functions that share a list get the same one.
func (s *secrets) each(setting string, do func(list []string, next string) []string) {
	changed := map[string]string{}
	for _, values := range s.values {
		before, reads := values[setting]
		if !reads {
			continue
		}
		if _, done := changed[before]; !done {
			list := strings.Split(before, ",")
			changed[before] = strings.Join(do(slices.Clone(list), nextOf(setting, list)), ",")
		}
		values[setting] = changed[before]
	}
}

// nextOf makes the next of a list: "send-mail_3" where there are "send-mail" and "send-mail_2". Webhook secrets have no
// names of their own but that of their slot.
func nextOf(setting string, list []string) string {
	highest, name := 1, ""
	for _, part := range list {
		id, _, _ := strings.Cut(part, ":")
		if setting == kinds["webhook"] {
			return newSecret(id)
		}
		base, number, _ := strings.Cut(id, "_")
		if n, err := strconv.Atoi(number); err == nil {
			highest = max(highest, n)
		}
		name = base
	}
	return newKey(name + "_" + strconv.Itoa(highest+1))
}

// wellFormed checks what was read from files before anything is made of it. Its error shows no value.
func (s *secrets) wellFormed() error {
	for name, values := range s.values {
		for _, setting := range []string{"FUNCTION_KEY", "SESSION_KEYS", "SEAL_KEYS"} {
			value, reads := values[setting]
			var keys auth.PrivateKeys // what is sealed with has the same form
			if reads && keys.Decode(value) != nil {
				return fmt.Errorf("%s in %s is not a list of keys", keyName(setting), secretName(name))
			}
		}
	}
	return nil
}
