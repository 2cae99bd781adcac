package persistclient

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// asked is what a request to persist looks like.
type asked struct {
	method, path, body string
	header             http.Header
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// myself is the function that asks.
func myself(t *testing.T) auth.Author {
	t.Helper()
	mine := auth.PrivateKeys{auth.NewPrivateKey("generate-doc", eventstest.Seed("generate-doc"))}
	self, err := auth.NewAuthor(function.Boot{Name: "generate-doc"}, mine, nil)
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// answering is a persist that answers everything alike, and a client that asks it.
func answering(t *testing.T, status int, body string) (*Client, *asked) {
	t.Helper()
	var q asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		q = asked{r.Method, r.URL.RequestURI(), string(text), r.Header}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return &Client{Address: server.URL, HTTP: server.Client(), Self: myself(t), Now: func() time.Time { return noon }}, &q
}

func TestARefusalOfPersistCanBeRecognised(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int
		body   string
		is     error // nil: some other error
		says   string
	}{
		"not there":           {404, `{"title":"Not Found"}`, ErrNotFound, ""},
		"another version":     {409, `{"title":"Conflict","detail":"version 8"}`, ErrConflict, "version 8"},
		"our token refused":   {401, `{"detail":"which key?"}`, nil, "persist answered 401 Unauthorized: which key?"},
		"not for you":         {403, `{}`, ErrDenied, ""},
		"a reused key":        {422, `{"type":"` + ReusedType + `","title":"Reused"}`, ErrReused, ""},
		"a reused key, 409":   {409, `{"type":"` + ReusedType + `"}`, ErrReused, ""},
		"malformed":           {422, `{"title":"Unprocessable","detail":"no such status"}`, function.Problem{Status: 422, Detail: "no such status"}, "no such status"},
		"too large":           {413, `{"title":"Too Large"}`, function.Problem{Status: 413}, "Too Large"},
		"broken":              {500, `{"detail":"sorry"}`, nil, "persist answered 500 Internal Server Error: sorry"},
		"no problem":          {502, `<html>`, nil, "persist answered 502 Bad Gateway"},
		"not there, wordless": {404, ``, ErrNotFound, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := answering(t, c.status, c.body)
			_, err := client.Contract(t.Context(), "c1")
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v and %q", err, c.is, c.says)
			}
			for _, other := range []error{ErrNotFound, ErrConflict, ErrDenied, ErrReused, auth.ErrNotAccepted} {
				if !errors.Is(c.is, other) && errors.Is(err, other) {
					t.Errorf("error %v passes for %v", err, other)
				}
			}
		})
	}
}

func TestAProblemKeepsItsFields(t *testing.T) {
	t.Parallel()
	client, _ := answering(t, 422, `{"title":"x","errors":[{"field":"people[0].email","reason":"taken"}]}`)
	_, err := client.Create(t.Context(), Draft{}, Idempotency{})
	var p function.Problem
	if !errors.As(err, &p) || p.Status != 422 || len(p.Fields) != 1 || p.Fields[0].Field != "people[0].email" {
		t.Errorf("error %#v", err)
	}
}

func TestAQuestionBearsTokenTraceAndKey(t *testing.T) {
	t.Parallel()
	client, q := answering(t, 200, `{"id":"c1","title":"T"}`)
	ctx := function.WithTrace(t.Context(), "")
	v, err := client.As("theirs").Perform(ctx, "c/1", Action{Kind: lifecycle.Send, Version: 3}, Idempotency{Key: "k", Digest: "d"})
	if err != nil || v.Title != "T" || v.ID != "c1" {
		t.Fatalf("%+v (%v)", v, err)
	}
	if q.method != "POST" || q.path != "/contracts/c%2F1/actions" || q.body != `{"kind":"send","version":3}` {
		t.Errorf("asked %+v", q)
	}
	question := auth.Question{Method: "POST", Path: "/contracts/c%2F1/actions", Person: "theirs"}
	if name, wrong := asker(q, question); wrong != nil || name != "generate-doc" {
		t.Errorf("for a person it asked with %v (%v)", q.header, wrong)
	}
	for name, want := range map[string]string{PersonHeader: "theirs", "Traceparent": function.Trace(ctx),
		"Idempotency-Key": "k", "Idempotency-Digest": "d", "Content-Type": "application/json"} {
		if got := q.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	_, err = client.Contract(ctx, "c1")
	question = auth.Question{Method: "GET", Path: "/contracts/c1"}
	if name, wrong := asker(q, question); wrong != nil || name != "generate-doc" || err != nil || q.header.Get("Idempotency-Key")+q.header.Get(PersonHeader) != "" {
		t.Errorf("as itself it asked with %v (%v, %v)", q.header, wrong, err)
	}
}

// asker is the function whose token for this question stands in a request.
func asker(q *asked, question auth.Question) (string, error) {
	token, _ := strings.CutPrefix(q.header.Get("Authorization"), "Bearer ")
	return auth.ReadFunction(token, question, eventstest.Keys(), noon)
}

// Whoever forgot the person's token asks for nobody, and never as the function itself.
func TestAPersonWithoutATokenIsNotTheFunctionItself(t *testing.T) {
	t.Parallel()
	client, q := answering(t, 200, `{"id":"c1"}`)
	if _, err := client.As("").Contract(t.Context(), "c1"); err != nil || len(q.header.Values(PersonHeader)) != 1 {
		t.Errorf("asked with %v (%v)", q.header, err)
	}
}

func TestAListIsAskedForWithWhatWasChosenOnly(t *testing.T) {
	t.Parallel()
	client, q := answering(t, 200, `{"items":[],"next":"n"}`)
	for want, query := range map[string]Query{
		"/contracts?": {},
		"/contracts?attention=true&cursor=x%26y&limit=5&q=%C3%A9t%C3%A9+%3D&status=sent": {Status: contract.Sent, Search: "été =", Attention: true, Limit: 5, Cursor: "x&y"},
	} {
		if page, err := client.Contracts(t.Context(), query); err != nil || page.Next != "n" || q.path != want {
			t.Errorf("asked %s (%v), want %s", q.path, err, want)
		}
	}
}

func TestAFactIsKeptWithItsFilesInOneRequest(t *testing.T) {
	t.Parallel()
	client, q := answering(t, 204, "")
	fact := events.Event{ID: "f1", Source: "generate-doc", Subject: "c1", Payload: events.DocumentGenerated{Document: DocumentOf([]byte("%PDF-1"))}}
	if err := client.RecordFact(t.Context(), fact, []byte("%PDF-1"), []byte("%PDF-2\r\n\x00")); err != nil || q.method != "POST" || q.path != "/contracts/c1/facts" {
		t.Fatalf("%v, asked by %+v", err, q)
	}
	kind, parameters, err := mime.ParseMediaType(q.header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("sent as %q, %v", kind, err)
	}
	parts := multipart.NewReader(strings.NewReader(q.body), parameters["boundary"])
	for _, want := range []string{"", "%PDF-1", "%PDF-2\r\n\x00"} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(part)
		if want == "" {
			got, err := events.FromStructured(content)
			if err != nil || got.ID != "f1" || got.Payload != fact.Payload || part.Header.Get("Content-Type") != events.StructuredType {
				t.Errorf("the fact went out as %+v, %v", got, err)
			}
			if _, err := events.Verify(got, events.ByHand("generate-doc", "c1"), eventstest.Keys()); err != nil {
				t.Errorf("it went out unproved: %v", err)
			}
		} else if string(content) != want || part.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("a file went out as %q", content)
		}
	}
}

// A function brings only what it may say itself, and a fact without documents, too.
func TestAFactOfAnotherIsNotKept(t *testing.T) {
	t.Parallel()
	client, q := answering(t, 204, "")
	theirs := events.Event{ID: "f1", Source: "orchestrate", Subject: "c1", Payload: events.SignatureChecked{}}
	if err := client.RecordFact(t.Context(), theirs); !errors.Is(err, events.ErrNotAuthor) || q.method != "" {
		t.Errorf("%v, asked by %+v", err, q)
	}
	refused := events.Event{ID: "f2", Source: "generate-doc", Subject: "c1", Payload: events.DocumentRefused{Reason: "r"}}
	if err := client.RecordFact(t.Context(), refused); err != nil || !strings.Contains(q.body, `"reason":"r"`) {
		t.Errorf("%v, asked by %+v", err, q)
	}
}

func TestAFileIsFetchedByItsDigest(t *testing.T) {
	t.Parallel()
	file := "%PDF-1.7"
	client, _ := answering(t, 200, file)
	if got, err := client.File(t.Context(), "c1", DocumentOf([]byte(file)).SHA256); err != nil || string(got) != file {
		t.Errorf("fetched %q (%v)", got, err)
	}
	if got, err := client.File(t.Context(), "c1", strings.Repeat("0", 64)); err == nil {
		t.Errorf("fetched %q under another digest", got)
	}
}

func TestAnAnswerThatIsNoneIsAnError(t *testing.T) {
	t.Parallel()
	client, _ := answering(t, 200, `{"id":`)
	if _, err := client.ClaimNotification(t.Context(), "c1", contract.Notification{}); err == nil {
		t.Error("a broken answer was taken")
	}
	client.Self = auth.Author{}
	if _, err := client.Contract(t.Context(), "c1"); err == nil || err.Error() != "ask persist: there is no key" {
		t.Errorf("without a key: %v", err)
	}
}

func TestWhereNobodyAnswersTheErrorDoesNotShowWhatWasAsked(t *testing.T) {
	t.Parallel()
	client, _ := answering(t, 200, `{}`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	_, err := client.Contracts(ctx, Query{Search: "zoe@example.org"})
	if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "zoe") {
		t.Errorf("error %v", err)
	}
}

// A token that was good a moment ago may be over when persist looks: whoever asked is to log in again, and is not told
// that this is not for them.
func TestAPersonsTokenThatIsOverIsNotADenial(t *testing.T) {
	t.Parallel()
	client, _ := answering(t, http.StatusUnauthorized, `{"type":"`+PersonType+`","title":"Unauthorized"}`)
	_, err := client.As("over").Contract(t.Context(), "c1")
	var p function.Problem
	if !errors.Is(err, auth.ErrNotAccepted) || errors.Is(err, ErrDenied) || errors.As(err, &p) {
		t.Errorf("error %v", err)
	}
	client, _ = answering(t, http.StatusUnauthorized, `{"title":"Unauthorized"}`)
	if _, err := client.As("good").Contract(t.Context(), "c1"); err == nil || errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("the function's own token was refused, and the person is to log in again: %v", err)
	}
}
