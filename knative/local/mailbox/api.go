package mailbox

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// list answers GET /api/mails: every mail, newest first; with ?to= those to one address, with ?brief without their
// texts. Its ETag changes with the list.
func (m *Mailbox) list(w http.ResponseWriter, r *http.Request) {
	to, brief := r.URL.Query().Get("to"), r.URL.Query().Has("brief")
	m.mu.RLock()
	mails, tag := m.mails, fmt.Sprintf(`"%d"`, m.next)
	m.mu.RUnlock()
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	items := []Mail{}
	for _, mail := range slices.Backward(mails) {
		if to != "" && !strings.EqualFold(mail.To, to) {
			continue
		}
		if brief {
			mail = mail.brief()
		}
		items = append(items, mail)
	}
	answer(w, http.StatusOK, map[string][]Mail{"items": items})
}

// one answers GET /api/mails/{id}.
func (m *Mailbox) one(w http.ResponseWriter, r *http.Request) {
	if mail, found := m.find(r.PathValue("id")); found {
		answer(w, http.StatusOK, mail)
		return
	}
	nothing(w)
}

// htmlPolicy lets a mail show itself and its links open a new tab, and nothing else: no script, no form, no
// request to anywhere, as careful mail programs do.
const htmlPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

// html answers GET /api/mails/{id}/html with the notification as it was written, for the page's frame.
func (m *Mailbox) html(w http.ResponseWriter, r *http.Request) {
	mail, found := m.find(r.PathValue("id"))
	if !found {
		nothing(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", htmlPolicy)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(strings.Replace(mail.HTML, "<head>", `<head><base target="_blank">`, 1)))
}

// attachment answers GET /api/mails/{id}/attachments/{n}; n counts from 0.
func (m *Mailbox) attachment(w http.ResponseWriter, r *http.Request) {
	mail, found := m.find(r.PathValue("id"))
	n, err := strconv.Atoi(r.PathValue("n"))
	if !found || err != nil || n < 0 || n >= len(mail.Attachments) {
		nothing(w)
		return
	}
	whole, err := read(m.file(mail.ID))
	if err != nil {
		m.o.Log.Error("attachment not read", "error", err.Error())
		nothing(w)
		return
	}
	a := whole.Attachments[n]
	w.Header().Set("Content-Type", a.Type)
	w.Header().Set("Content-Disposition", mime.FormatMediaType(disposition(a.Type), map[string]string{"filename": a.Name}))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", mail.At, bytes.NewReader(a.Content))
}

// disposition shows PDFs and saves everything else, which might be a page that runs as the mailbox.
func disposition(mediaType string) string {
	if mediaType == "application/pdf" {
		return "inline"
	}
	return "attachment"
}

func nothing(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, map[string]string{"error": "not found"})
}
