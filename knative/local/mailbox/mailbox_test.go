package mailbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// service is a mailbox behind HTTP.
type service struct {
	*httptest.Server
	box *Mailbox
}

func open(t *testing.T, dir string) service {
	t.Helper()
	box, err := Open(Options{Dir: dir, APIKey: "key", Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	return service{server, box}
}

// body is a request that SendGrid takes, with some fields replaced; a nil one is left out.
func body(replaced map[string]any) []byte {
	q := map[string]any{
		"personalizations": []any{map[string]any{"to": []any{person{Email: "zoe@example.org", Name: "Zoë"}}}},
		"from":             person{Email: "contracts@paraphe.example", Name: "Paraphe"},
		"subject":          "Please sign",
		"content": []content{
			{"text/plain", "Here: https://sign.example.org/sign#secret."},
			{"text/html", `<html><head></head><body><a href="https://sign.example.org/sign#secret">Sign</a></body></html>`},
		},
		"custom_args": map[string]string{"contract": "c1", "kind": "invitation"},
		"attachments": []any{map[string]any{"content": []byte("%PDF-1.7"), "type": "application/pdf", "filename": "Été.pdf"}},
	}
	maps.Copy(q, replaced)
	maps.DeleteFunc(q, func(_ string, v any) bool { return v == nil })
	text, err := json.Marshal(q)
	if err != nil {
		panic(err)
	}
	return text
}

func (s service) post(t *testing.T, text []byte, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v3/mail/send", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	output, _ := io.ReadAll(answer.Body)
	return answer, string(output)
}

func (s service) get(t *testing.T, path string, into any) *http.Response {
	t.Helper()
	answer, err := s.Client().Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, ok := into.(*string); ok {
		all, _ := io.ReadAll(answer.Body)
		*text = string(all)
	} else if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return answer
}

func (s service) mails(t *testing.T, query string) []Mail {
	t.Helper()
	var list struct{ Items []Mail }
	s.get(t, "/api/mails"+query, &list)
	return list.Items
}

func TestAMailIsStoredAndShown(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	answer, output := s.post(t, body(nil))
	if answer.StatusCode != http.StatusAccepted || output != "" || len(answer.Header.Get("X-Message-Id")) != 22 || answer.Header.Get("X-RateLimit-Limit") == "" {
		t.Fatalf("answered %s %q with %v", answer.Status, output, answer.Header)
	}
	mails := s.mails(t, "?to=ZOE@example.org")
	if len(mails) != 1 {
		t.Fatalf("%d mails, want 1", len(mails))
	}
	m := mails[0]
	if m.To != "zoe@example.org" || m.From != "contracts@paraphe.example" || m.Subject != "Please sign" || !m.At.Equal(noon) || m.CustomArgs["kind"] != "invitation" {
		t.Errorf("shown as %+v", m)
	}
	if !slices.Equal(m.Links, []string{"https://sign.example.org/sign#secret"}) {
		t.Errorf("its links: %v", m.Links)
	}
	var file string
	got := s.get(t, m.Attachments[0].URL, &file)
	if file != "%PDF-1.7" || got.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "inline") {
		t.Errorf("attached: %q, %v", file, got.Header)
	}
	if others := s.mails(t, "?to=other@example.org"); len(others) != 0 {
		t.Errorf("to somebody else: %+v", others)
	}
	if brief := s.mails(t, "?brief"); brief[0].Text != "" || brief[0].Subject == "" {
		t.Errorf("in brief: %+v", brief[0])
	}
}

func TestMailsSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	first.post(t, body(map[string]any{"subject": "one"}))
	first.post(t, body(map[string]any{"subject": "two"}))
	if err := os.WriteFile(filepath.Join(dir, "broken.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir)
	second.post(t, body(map[string]any{"subject": "three"}))
	var subjects []string
	for _, m := range second.mails(t, "") {
		subjects = append(subjects, m.Subject)
	}
	if !slices.Equal(subjects, []string{"three", "two", "one"}) {
		t.Errorf("after a restart: %v", subjects)
	}
	var file string
	if second.get(t, second.mails(t, "")[2].Attachments[0].URL, &file); file != "%PDF-1.7" {
		t.Errorf("attached: %q", file)
	}
}

func TestOnlyTheNewestMailsAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	for i := range Kept + 3 {
		if err := s.box.keep(Mail{Subject: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	mails := s.mails(t, "")
	if len(mails) != Kept || len(files) != Kept || mails[0].Subject != fmt.Sprint(Kept+2) || mails[Kept-1].Subject != "3" {
		t.Errorf("%d mails in %d files, from %s to %s", len(mails), len(files), mails[0].Subject, mails[len(mails)-1].Subject)
	}
}

func TestAnUnchangedListAnswers304(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	ask := func(tag string) *http.Response {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/mails", nil)
		r.Header.Set("If-None-Match", tag)
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer
	}
	tag := ask("").Header.Get("ETag")
	if status := ask(tag).StatusCode; status != http.StatusNotModified {
		t.Errorf("the same list again: %d", status)
	}
	s.post(t, body(nil))
	if status := ask(tag).StatusCode; status != http.StatusOK {
		t.Errorf("a list with a new mail: %d", status)
	}
}

func TestAMailCanDoNothingInThePage(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	s.post(t, body(map[string]any{"attachments": []any{map[string]any{"content": []byte("<script>"), "type": "text/html", "filename": "a.html"}}}))
	m := s.mails(t, "")[0]
	var text string
	policy := s.get(t, "/api/mails/"+m.ID+"/html", &text).Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "; sandbox ") || strings.Contains(policy, "allow-scripts") || !strings.Contains(text, `<base target="_blank">`) {
		t.Errorf("a mail is shown with the policy %q:\n%s", policy, text)
	}
	file := s.get(t, m.Attachments[0].URL, &text).Header
	if !strings.HasPrefix(file.Get("Content-Disposition"), "attachment") || file.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a page is attached with %v", file)
	}
	page := s.get(t, "/", &text).Header.Get("Content-Security-Policy")
	if !strings.Contains(page, "script-src 'self'") || strings.Contains(page, "unsafe") || !strings.Contains(text, "Mailbox") {
		t.Errorf("the page has the policy %q", page)
	}
	for _, path := range []string{"/api/mails/../x", "/api/mails/none", "/api/mails/none/html", "/api/mails/" + m.ID + "/attachments/7", "/api/mails/" + m.ID + "/attachments/-1"} {
		if answer := s.get(t, path, &text); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
}
