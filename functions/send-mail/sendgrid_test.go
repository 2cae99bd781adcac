package sendmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// exampleMail is a mail with everything that a mail can have.
func exampleMail() mail {
	return mail{
		id: "id1@paraphe.example", from: Sender{"Paraphe", "contracts@paraphe.example"}, to: Sender{"Zoë Žižek-O'Neill", "zoe@example.org"},
		replyTo: Sender{"Camille Dubois", "camille@company.example"}, subject: "Signé : Été", text: "Bonjour\n\nhttps://x.example/sign#s\n",
		html:  `<!doctype html><html><head></head><body><a href="https://x.example/sign#s">Bonjour</a></body></html>`,
		files: []file{{"Été - signé.pdf", []byte("%PDF-1.7 copy")}, {"Été - dossier de preuve.pdf", []byte("%PDF-1.7 proof")}},
		marks: map[string]string{"contract": "c1", "letter": "signed-copy", "occasion": "1", "recipient": "s1"},
	}
}

func TestWhatSendGridAnswersSaysWhatBecomesOfTheMail(t *testing.T) {
	t.Parallel()
	blaming := func(field string) string {
		return fmt.Sprintf(`{"errors":[{"message":"zoe@example.org","field":%q}]}`, field)
	}
	cases := map[string]struct {
		status int
		header map[string]string
		body   string
		never  string        // the reason, if it is rejected
		wait   time.Duration // if it is to wait
		again  bool          // any other error
	}{
		"taken":                      {status: 202},
		"taken in sandbox mode":      {status: 200},
		"limited, with Retry-After":  {status: 429, header: map[string]string{"Retry-After": "7"}, wait: 7 * time.Second},
		"limited, with a reset time": {status: 429, header: map[string]string{"X-RateLimit-Reset": fmt.Sprint(noon.Add(42 * time.Second).Unix())}, wait: 42 * time.Second},
		"limited until just now":     {status: 429, header: map[string]string{"X-RateLimit-Reset": fmt.Sprint(noon.Unix() - 5)}, wait: time.Second},
		"limited for a year":         {status: 429, header: map[string]string{"Retry-After": "31536000"}, wait: longestWait},
		"limited without a word":     {status: 429, wait: usualWait},
		"a wrong address":            {status: 400, body: blaming("personalizations.0.to.0.email"), never: "the mail service does not take it: the recipient's e-mail address is refused"},
		"a wrong field":              {status: 400, body: blaming("content.0.value"), never: "the mail service does not take it: it names the field content.0.value"},
		"a field that is no name":    {status: 400, body: blaming("zoe@example.org"), never: "the mail service does not take it"},
		"wrong, in no JSON":          {status: 400, body: "<html>", never: "the mail service does not take it"},
		"too large":                  {status: 413, never: "it is too large for the mail service"},
		"a wrong key":                {status: 401, again: true},
		"a key without the right":    {status: 403, again: true},
		"a wrong path":               {status: 404, again: true},
		"an error":                   {status: 500, again: true},
		"unavailable":                {status: 503, again: true},
		"elsewhere":                  {status: 307, header: map[string]string{"Location": "/elsewhere"}, again: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range c.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			t.Cleanup(server.Close)
			err := newSendGrid(server.URL, "key", func() time.Time { return noon }).carry(t.Context(), exampleMail())
			expect(t, err, c.never, c.wait, c.again)
		})
	}
}

func expect(t *testing.T, err error, never string, wait time.Duration, again bool) {
	t.Helper()
	var no rejected
	var later function.Later
	errors.As(err, &no)
	errors.As(err, &later)
	if string(no) != never || later.After != wait {
		t.Errorf("error %v; want the reason %q and a wait of %s", err, never, wait)
	}
	if want := again || never != "" || wait != 0; (err != nil) != want {
		t.Errorf("error %v; want one: %t", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "zoe") {
		t.Errorf("the error names the recipient: %v", err)
	}
}

func TestAnAnswerThatDoesNotComeIsWaitedForOnlySoLong(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client is gone
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := newSendGrid(server.URL, "key", time.Now).carry(ctx, exampleMail())
	if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), server.URL) {
		t.Errorf("error %v, want a passed deadline", err)
	}
}

func TestNobodyFollowsWhatTheRecipientOpens(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(message(exampleMail()).TrackingSettings)
	want := `{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"subscription_tracking":{"enable":false}}`
	if err != nil || string(got) != want {
		t.Errorf("tracking is %s (%v), want %s", got, err, want)
	}
}
