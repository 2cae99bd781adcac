package fields

import (
	"errors"
	"strings"
	"testing"
)

// label is as long as one may be.
var label = strings.Repeat("a", 63)

func TestAddressesThatAreTaken(t *testing.T) {
	t.Parallel()
	for typed, kept := range map[string]string{
		"ana@example.org": "ana@example.org", " ana@example.org\n": "ana@example.org", "ANA@Example.ORG": "ANA@Example.ORG",
		"o'neil+a/b=c_d{e}|f~g!#$%&*?^`h-@x.example": "o'neil+a/b=c_d{e}|f~g!#$%&*?^`h-@x.example", "a.b@c-d.e-f.museum": "a.b@c-d.e-f.museum",
		"ana@bücher.example": "ana@xn--bcher-kva.example", "ana@BÜCHER.example": "ana@xn--bcher-kva.example", "ana@bu\u0308cher.example": "ana@xn--bcher-kva.example",
		"ana@xn--bcher-kva.example": "ana@xn--bcher-kva.example", "ana@пример.рф": "ana@xn--e1afmkfd.xn--p1ai", "ana@例え。jp": "ana@xn--r8jz45g.jp",
		strings.Repeat("a", 64) + "@b.example":                                   strings.Repeat("a", 64) + "@b.example",
		"a@" + label + "." + label + "." + label + "." + strings.Repeat("b", 60): "a@" + label + "." + label + "." + label + "." + strings.Repeat("b", 60),
	} {
		if got, err := NormalizeEmail(typed); err != nil || got != kept {
			t.Errorf("%q is kept as %q, %v; want %q", typed, got, err, kept)
		}
		if err := ValidateEmail(kept); err != nil {
			t.Errorf("%q is kept and not right: %v", kept, err)
		}
	}
}

// TestAddressesThatAreRefused names of each a part of why.
func TestAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "must be an address such as ana@example.org", "nobody": "such as", "@example.org": "such as", "ana@": "such as", "@": "such as",
		"x@[127.0.0.1]": "one bare address", "x@[IPv6:::1]": "one bare address", `"a b"@example.org`: "one bare address", "ana(work)@example.org": "one bare address",
		"ana@example.org(work)": "one bare address", "Ana <ana@example.org>": "one bare address", "<ana@example.org>": "one bare address",
		"a@example.org,b@example.org": "one bare address", "a@example.org;b@example.org": "one bare address", "team: a@example.org;": "one bare address",
		"a@b@example.org": "one bare address", `a\@example.org`: "one bare address", "mailto:a@example.org": "one bare address",
		"a b@example.org": "cannot be seen", "a@exam ple.org": "cannot be seen", "a@example.org\r\nBcc: b@example.org": "one bare address", "a@b.example\nx": "cannot be seen",
		"a\x00@example.org": "cannot be seen", "a@exa\x7fmple.org": "cannot be seen", "a\u200b@example.org": "cannot be seen", "a@exam\u202eple.org": "cannot be seen",
		"a@exam\u00a0ple.org": "cannot be seen", "a@example.org\u2028b": "cannot be seen",
		"é@example.org": "before the @", "ана@example.org": "before the @", "\xff@example.org": "cannot be seen", "x@\xff.example": "cannot be seen",
		".a@example.org": "a dot before the @", "a.@example.org": "a dot before the @", "a..b@example.org": "a dot before the @",
		strings.Repeat("a", 65) + "@b.example":                                    "at most 64",
		"aa@" + label + "." + label + "." + label + "." + strings.Repeat("b", 60): "at most 254",
		"x@-a.b": "hyphens", "x@a-.example": "hyphens", "x@a_b.example": "hyphens", "x@a!b.example": "hyphens", "x@a/b.example": "hyphens",
		"x@example": "no dot", "x@localhost": "no dot", "x@.example.org": "a dot after the @", "x@example.org.": "a dot after the @", "x@a..example": "a dot after the @", "x@.": "a dot after the @",
		"x@a.b": "does not end", "x@127.0.0.1": "does not end", "x@example.4rg": "does not end", "x@a." + label + "b": "at most 63",
		"x@xn--a.example": "looked up", "x@bü_cher.example": "looked up", "x@-bücher.example": "looked up", "x@ü." + label + "b": "at most 63",
	} {
		got, err := NormalizeEmail(typed)
		var why Malformed
		if got != "" || !errors.As(err, &why) || !strings.HasPrefix(string(why), "must be an address such as ana@example.org") || !strings.Contains(string(why), want) {
			t.Errorf("%q: %q, %v; want it refused: %s", typed, got, err, want)
		}
		if ascii(typed) && ValidateEmail(strings.TrimSpace(typed)) == nil && want != "looked up" {
			t.Errorf("%q would be taken as it stands", typed)
		}
	}
}

// FuzzEmail looks for an address that is taken and could mean more than one mailbox in a header or an envelope.
func FuzzEmail(f *testing.F) {
	for _, typed := range []string{"ana@example.org", "a@b@c.example", `"a"@b.example`, "a@bücher.example", "a@ex\u2024ample.org", "a@b.example\r\nRCPT TO:<x@y.example>", "ａ@ｂ.example"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, err := NormalizeEmail(typed)
		if err != nil {
			return
		}
		if strings.Count(address, "@") != 1 || strings.ContainsAny(address, "\"<>()[]\\,;: \r\n\x00") || !ascii(address) || len(address) > addressLimit {
			t.Errorf("%q is kept as %q", typed, address)
		}
		if again, err := NormalizeEmail(address); err != nil || again != address {
			t.Errorf("%q once more is %q, %v", address, again, err)
		}
	})
}
