package templates

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// faces are the fonts that documents are drawn with. They are parsed at the first use: sfnt reads little more than
// the table of contents, and is safe for use by many at once.
var faces = sync.OnceValue(func() []*sfnt.Font {
	var all []*sfnt.Font
	for _, ttf := range [][]byte{liberationserifregular.TTF, liberationserifbold.TTF, liberationserifitalic.TTF} {
		face, err := sfnt.Parse(ttf)
		if err != nil {
			panic(err) // the font is part of the program
		}
		all = append(all, face)
	}
	return all
})

// Undrawable returns the first character of text, in Unicode's composed form (NFC), that a document cannot show, and
// whether there is one. Besides what the fonts lack these are: control characters, except line ends and tabs, which
// count as spaces; invisible format characters, which could make a contract read otherwise than it is stored; what is
// written from right to left; marks that no letter takes up; and whatever lies above U+FFFF, where the PDF library
// gives up.
func Undrawable(text string) (rune, bool) {
	if ascii(text) {
		return 0, false
	}
	var buffer sfnt.Buffer
	for _, r := range norm.NFC.String(text) {
		if !drawable(r, &buffer) {
			return r, true
		}
	}
	return 0, false
}

// ascii reports whether text is what almost every text is: printable ASCII, which every font has.
func ascii(text string) bool {
	for i := range len(text) {
		if (text[i] < ' ' && text[i] != '\n' && text[i] != '\r' && text[i] != '\t') || text[i] >= 0x7f {
			return false
		}
	}
	return true
}

func drawable(r rune, buffer *sfnt.Buffer) bool {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return true
	case r > 0xFFFF, r == utf8.RuneError,
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.M, unicode.Hebrew, unicode.Arabic):
		return false
	}
	for _, face := range faces() {
		if glyph, err := face.GlyphIndex(buffer, r); err != nil || glyph == 0 {
			return false
		}
	}
	return true
}
