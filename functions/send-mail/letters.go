package sendmail

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
	text "text/template"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// source holds letters/<name>/<recipient>.<language>.txt. Each letter is written once, in sections; the text and
// the HTML of a mail are the same sections in two layouts, so they cannot say different things.
//
//go:embed letters
var source embed.FS

// kind is whom a letter is written for: it is worded otherwise for the one who made the contract.
type kind string

const (
	forSigner kind = "signer"
	forOwner  kind = "owner"
)

// letters finds a letter by "<name>/<recipient>.<language>". Each is parsed at its first use: a cold start does not
// wait for two dozen of them to write one.
type letters map[string]func() letter

// letter is the text of one letter in one language.
type letter struct {
	language language
	sections *text.Template
	html     *template.Template
	text     *text.Template
}

// The two layouts. They and the letters are part of the program and a test reads them all: what is wrong with one is
// a mistake of ours, so it panics.
var (
	htmlLayout = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("layout.html").ParseFS(source, "letters/layout.html"))
	})
	textLayout = sync.OnceValue(func() *text.Template {
		return text.Must(text.New("layout.txt").Funcs(text.FuncMap{"wrap": wrap}).ParseFS(source, "letters/layout.txt"))
	})
)

// readLetters finds all letters.
func readLetters() (letters, error) {
	files, err := fs.Glob(source, "letters/*/*.txt")
	if err != nil {
		return nil, fmt.Errorf("read the letters: %w", err)
	}
	all := letters{}
	for _, name := range files {
		key := strings.TrimSuffix(strings.TrimPrefix(name, "letters/"), ".txt")
		code := strings.TrimPrefix(path.Ext(key), ".")
		in, known := languages[code]
		if !known {
			return nil, fmt.Errorf("read the letters: %s is in no known language", name)
		}
		all[key] = sync.OnceValue(func() letter {
			sections := text.Must(text.New(key).ParseFS(source, "letters/words."+code+".txt", name))
			return letter{language: in, sections: sections, html: htmlLayout(), text: textLayout()}
		})
	}
	return all, nil
}

// find returns the letter in the first of these languages that there is, else in the fallback.
func (all letters) find(order events.SendMail, wanted ...string) (letter, bool) {
	to := forSigner
	if order.Recipient == contract.ToOwner {
		to = forOwner
	}
	for _, code := range append(wanted, fallback) {
		if parsed, found := all[fmt.Sprintf("%s/%s.%s", order.Letter, to, code)]; found {
			return parsed(), true
		}
	}
	return letter{}, false
}
