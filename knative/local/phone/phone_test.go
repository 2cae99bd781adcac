package phone

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMessagesAreListedNewestFirstAndByNumber(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	p.Deliver("+33600000001", "your code: 111111", "111111")
	p.Deliver("+33600000002", "your code: 222222", "222222")
	p.Deliver("+33600000001", "your code: 333333", "333333")
	for query, want := range map[string]string{
		"": "333333 222222 111111", "?to=%2B33600000001": "333333 111111", "?to=%2B1": "",
	} {
		var got []Message
		if err := json.Unmarshal([]byte(get(t, p, "/api/messages"+query)), &got); err != nil {
			t.Fatal(err)
		}
		codes := []string{}
		for _, m := range got {
			codes = append(codes, m.Code)
		}
		if strings.Join(codes, " ") != want {
			t.Errorf("messages%s: %v, want %s", query, codes, want)
		}
	}
	if body := get(t, p, "/api/messages?to=nobody"); strings.TrimSpace(body) != "[]" {
		t.Errorf("no messages are %q, want an empty list", body)
	}
}

func TestMessagesSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir).Deliver("+33600000001", "text", "123456")
	if got := open(t, dir).Messages("+33600000001"); len(got) != 1 || got[0].Code != "123456" {
		t.Errorf("after a restart there is %v", got)
	}
}

func TestTheOldestMessagesGoFirst(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	for i := range limit + 3 {
		p.Deliver("+33600000001", "text", fmt.Sprint(i))
	}
	got := p.Messages("")
	if len(got) != limit || got[limit-1].Code != "3" || got[0].Code != fmt.Sprint(limit+2) {
		t.Errorf("%d messages are left, from %s to %s", len(got), got[len(got)-1].Code, got[0].Code)
	}
}

func TestThePageShowsTheCodeAndEscapesTheText(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	p.Deliver("+33600000001", "<script>alert(1)</script> 123456", "123456")
	body := get(t, p, "/")
	if !strings.Contains(body, `<p class="code">123456</p>`) || strings.Contains(body, "<script>") {
		t.Errorf("the page is %s", body)
	}
	if empty := get(t, open(t, t.TempDir()), "/"); !strings.Contains(empty, "No messages") {
		t.Errorf("the empty page is %s", empty)
	}
}

func TestADamagedMessageFileIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "messages.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir, Now: time.Now}); err == nil {
		t.Error("a damaged file was opened")
	}
}

func TestAgesAreRounded(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "just now", time.Minute: "1 minute ago", 5 * time.Hour: "5 hours ago", 50 * time.Hour: "2 days ago",
	} {
		if got := ago(d); got != want {
			t.Errorf("ago(%s) is %q, want %q", d, got, want)
		}
	}
}

func open(t *testing.T, dir string) *Phone {
	t.Helper()
	p, err := Open(Options{Dir: dir, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func get(t *testing.T, p *Phone, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s answers %d", path, w.Code)
	}
	return w.Body.String()
}
