package input

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SecretLimit bounds a password and a link's secret, in bytes; ours are shorter.
const SecretLimit = 256

// PasswordLeast is the shortest password, in characters. NIST SP 800-63B asks for length and for nothing else.
const PasswordLeast = 12

// CheckPassword says what is wrong with a new password. Its length is all that is asked for.
func CheckPassword(password string) string {
	if length := utf8.RuneCountInString(password); length < PasswordLeast || len(password) > SecretLimit {
		return fmt.Sprintf("must have at least %d characters, and at most %d bytes", PasswordLeast, SecretLimit)
	}
	return ""
}

func CheckAccountName(name string) string {
	if name == "" || utf8.RuneCountInString(name) > nameLimit || strings.ContainsFunc(name, invisible) || strings.ContainsAny(name, "<>") {
		return fmt.Sprintf("must be one line of 1 to %d characters without < and >", nameLimit)
	}
	return ""
}

func CheckLink(link string) string {
	if link == "" || len(link) > SecretLimit {
		return "must be what stands behind the # in the link of a letter"
	}
	return ""
}
