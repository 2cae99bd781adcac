package sendmail

import (
	"cmp"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// myself is send-mail with a key of its own.
func myself(t *testing.T) auth.Author {
	t.Helper()
	mine := auth.PrivateKeys{auth.NewPrivateKey(Manifest.Name, eventstest.Seed(Manifest.Name))}
	self, err := auth.NewAuthor(function.Boot{Name: Manifest.Name}, mine, eventstest.Keys())
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// fakePersist is a persist that answers a claim as it is told to, and keeps what else it is told.
type fakePersist struct {
	mu       sync.Mutex
	claim    any
	status   int           // of the answer to a claim; 0: 200
	handover []int         // statuses of the answers to handovers, the last for all that follow; none: 200
	left     time.Duration // for which a notification that was handed over stays the caller's
	keep     []int         // the same for facts
	marked   int           // how often a handover was noted
	told     []events.Event
}

func (d *fakePersist) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/handover"):
		status := next(&d.handover)
		if status == http.StatusOK {
			d.marked++
		}
		function.WriteJSON(w, status, persistclient.Claim{State: persistclient.Yours, For: d.left.Seconds()})
	case strings.HasSuffix(r.URL.Path, "/facts"):
		status := next(&d.keep)
		if status == http.StatusOK {
			d.told = append(d.told, broughtBy(r))
		}
		function.WriteJSON(w, status, nil)
	default:
		function.WriteJSON(w, cmp.Or(d.status, http.StatusOK), d.claim)
	}
}

// next takes the next status of a list, and leaves the last one.
func next(statuses *[]int) int {
	if len(*statuses) == 0 {
		return http.StatusOK
	}
	status := (*statuses)[0]
	if len(*statuses) > 1 {
		*statuses = (*statuses)[1:]
	}
	return status
}

// broughtBy reads what a function puts on record.
func broughtBy(r *http.Request) events.Event {
	_, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	part, err := multipart.NewReader(r.Body, parameters["boundary"]).NextPart()
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(part)
	e, err := events.FromStructured(text)
	if err != nil {
		panic(err)
	}
	return e
}

func (d *fakePersist) client(t *testing.T) *persistclient.Client {
	t.Helper()
	d.left = cmp.Or(d.left, 30*time.Second)
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return &persistclient.Client{Address: server.URL, HTTP: server.Client(), Self: myself(t), Now: time.Now}
}
