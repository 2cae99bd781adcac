package phone

import (
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html style.css icon.svg
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// policy lets the page use nothing but its own style and icon.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// shown is a message as the page shows it: the code stands out, so its text goes on without it.
type shown struct {
	To, Before, Code, After string
	When, At                string
}

func (p *Phone) show(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	view := struct {
		To       string
		Messages []shown
	}{To: to}
	for _, m := range p.Messages(to) {
		view.Messages = append(view.Messages, m.shown(p.now()))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_ = page.Execute(w, view) // the reader may be gone; there is nobody else to tell
}

func (m Message) shown(now time.Time) shown {
	v := shown{To: m.To, Code: m.Code, When: ago(now.Sub(m.At)), At: m.At.Format(time.RFC3339)}
	v.Before, v.After = m.Text, ""
	if m.Code != "" {
		before, after, found := strings.Cut(m.Text, m.Code)
		if found {
			v.Before, v.After = before, after
		}
	}
	return v
}

// ago says how long ago something was, as roughly as a person would.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return plural(int(d.Minutes()), "minute")
	case d < 24*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Hours()/24), "day")
}

// file serves one of the page's files.
func file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) }
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit + " ago"
	}
	return strconv.Itoa(n) + " " + unit + "s ago"
}
