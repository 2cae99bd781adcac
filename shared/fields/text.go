package fields

import (
	"unicode"
	"unicode/utf8"
)

// unseen reports spaces, control characters, line separators, what makes text read otherwise than it is stored, and what
// is no UTF-8.
func unseen(r rune) bool { return r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsGraphic(r) }
