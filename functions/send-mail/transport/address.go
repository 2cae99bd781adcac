package transport

import (
	netmail "net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
)

// Sendable reports whether mail may be sent to this address as it stands.
func Sendable(address string) bool { return fields.ValidateEmail(address) == nil }

// OneLine makes text from outside fit for a line of a notification or of its header: composed (NFC), without control
// characters, line and paragraph separators and invisible marks that reorder what is read, spaces collapsed, and
// cut after limit characters.
func OneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200c' || r == '\u200d': // joiners, which some scripts are written with
			return r
		case unicode.IsSpace(r), unicode.IsControl(r): // of spaces: all of category Z, so line and paragraph separators too
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > limit {
		s = strings.TrimSpace(string(runes[:limit-1])) + "…"
	}
	return s
}

// NameLimit is the longest display name, in characters.
const NameLimit = 100

// DisplayName makes a name fit to stand before an address: also without the characters that mean something there,
// which SendGrid wants quoted and which could pass for another address.
func DisplayName(s string) string {
	return OneLine(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>()[]\,;:@"`, r) {
			return ' '
		}
		return r
	}, s), NameLimit)
}

// Sender is a setting: who the notifications come from, as "Name <address>" or the address alone.
type Sender struct{ Name, Address string }

// Decode implements envconfig.Decoder.
func (s *Sender) Decode(value string) error {
	parsed, err := netmail.ParseAddress(value)
	if err != nil {
		return function.Malformed("it must be a sender, for example Paraphe <contracts@example.org>")
	}
	address, err := fields.NormalizeEmail(parsed.Address)
	if err != nil {
		return function.Malformed("the address in it " + err.Error())
	}
	*s = Sender{Name: DisplayName(parsed.Name), Address: address}
	return nil
}

func (s Sender) Domain() string { return s.Address[strings.LastIndexByte(s.Address, '@')+1:] }

// HostName is a setting: a host's full name.
type HostName string

// IsHostName reports whether this is a host's full name: what an address may have behind its @.
func IsHostName(name string) bool { return Sendable("postmaster@" + name) }

// Decode implements envconfig.Decoder.
func (h *HostName) Decode(value string) error {
	if value != "" && !IsHostName(value) {
		return function.Malformed("it must be a host's full name, for example mail.example.org")
	}
	*h = HostName(value)
	return nil
}
