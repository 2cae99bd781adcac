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

// source holds notifications/<name>/<recipient>.<language>.txt. Each notification is written once, in sections; the text and
// the HTML of a mail are the same sections in two layouts, so they cannot say different things.
//
//go:embed notifications
var source embed.FS

// kind is whom a notification is written for: it is worded otherwise for the one who made the contract.
type kind string

const (
	forSigner kind = "signer"
	forOwner  kind = "owner"
)

// notifications finds a notification by "<name>/<recipient>.<language>". Each is parsed at its first use: a cold start does not
// wait for two dozen of them to write one.
type notifications map[string]func() notification

// notification is the text of one notification in one language.
type notification struct {
	language language
	sections *text.Template
	html     *template.Template
	text     *text.Template
}

// The two layouts. They and the notifications are part of the program and a test reads them all: what is wrong with one is
// a mistake of ours, so it panics.
var (
	htmlLayout = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("layout.html").ParseFS(source, "notifications/layout.html"))
	})
	textLayout = sync.OnceValue(func() *text.Template {
		return text.Must(text.New("layout.txt").Funcs(text.FuncMap{"wrap": wrap}).ParseFS(source, "notifications/layout.txt"))
	})
)

// readNotifications finds all notifications.
func readNotifications() (notifications, error) {
	files, err := fs.Glob(source, "notifications/*/*.txt")
	if err != nil {
		return nil, fmt.Errorf("read the notifications: %w", err)
	}
	all := notifications{}
	for _, name := range files {
		key := strings.TrimSuffix(strings.TrimPrefix(name, "notifications/"), ".txt")
		code := strings.TrimPrefix(path.Ext(key), ".")
		in, known := languages[code]
		if !known {
			return nil, fmt.Errorf("read the notifications: %s is in no known language", name)
		}
		all[key] = sync.OnceValue(func() notification {
			sections := text.Must(text.New(key).ParseFS(source, "notifications/words."+code+".txt", name))
			return notification{language: in, sections: sections, html: htmlLayout(), text: textLayout()}
		})
	}
	return all, nil
}

// find returns the notification in the first of these languages that there is, else in the fallback.
func (all notifications) find(order events.SendMail, wanted ...string) (notification, bool) {
	to := forSigner
	if order.Recipient == contract.ToOwner {
		to = forOwner
	}
	for _, code := range append(wanted, fallback) {
		if parsed, found := all[fmt.Sprintf("%s/%s.%s", order.Kind, to, code)]; found {
			return parsed(), true
		}
	}
	return notification{}, false
}
