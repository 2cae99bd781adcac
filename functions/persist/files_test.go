package persist

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// drew is the fact that this document was drawn.
func (r *fixture) drew(id contract.ID, pdf []byte) events.Event {
	return r.unsigned(id, events.DocumentGenerated{Document: persistclient.DocumentOf(pdf), Anchors: 2})
}

func TestAFactAndItsDocumentAreOnRecordTogether(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v, ctx := r.preparing(), context.Background()
	fact := r.drew(v.ID, persistsamples.PDF)
	for range 2 { // the second time, nothing changes
		if err := r.function(access.GenerateDoc).RecordFact(ctx, fact, persistsamples.PDF); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := r.manager.File(ctx, v.ID, history.Digest(persistsamples.PDF)); err != nil || !bytes.Equal(got, persistsamples.PDF) {
		t.Errorf("%q, %v", got, err)
	}
	if got := r.stands(v.ID); got.Document == nil || got.Document.SHA256 != history.Digest(persistsamples.PDF) || got.Version != v.Version+1 {
		t.Errorf("the contract stands at %+v", got.Contract)
	}
	var transactions, files int
	r.query(&transactions, `SELECT count(DISTINCT t.xmin::text) FROM (SELECT xmin FROM files UNION SELECT xmin FROM history WHERE what = 'document.generated') t`)
	if r.query(&files, `SELECT count(*) FROM files`); transactions != 1 || files != 1 {
		t.Errorf("%d files in %d transactions", files, transactions)
	}
	other := r.made()
	if _, err := r.manager.File(ctx, other.ID, history.Digest(persistsamples.PDF)); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("through another contract: %v", err)
	}
}

// What follows from a fact follows when it is received, and what was kept by then is not written again.
func TestARecordedFactIsAnsweredWhenItsEventComes(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	fact := r.drew(v.ID, persistsamples.PDF)
	before := len(r.broker.types())
	if err := r.function(access.GenerateDoc).RecordFact(context.Background(), fact, persistsamples.PDF); err != nil || len(r.broker.types()) != before {
		t.Fatalf("%v; said %v", err, r.broker.types()[before:])
	}
	out, err := r.parts.Handle(context.Background(), r.verified(r.signed(fact)))
	if err != nil || len(out) != 1 || out[0].Payload.Type() != "contract.recorded" {
		t.Errorf("said %v, %v", out, err)
	}
	if got := r.stands(v.ID); got.Version != v.Version+1 {
		t.Errorf("version %d, want %d", got.Version, v.Version+1)
	}
}

func TestASignedCopyAndItsProofAreKeptAtOnce(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	copied, proved := persistclient.DocumentOf(persistsamples.PDF), persistclient.DocumentOf(persistsamples.Proof)
	fact := r.unsigned(v.ID, events.SignatureChecked{Attempt: 1, State: events.SignatureDone, SignedCopy: &copied, Proof: &proved})
	if err := r.function(access.Orchestrate).RecordFact(context.Background(), fact, persistsamples.PDF, persistsamples.Proof); err != nil {
		t.Fatal(err)
	}
	for digest, want := range map[string][]byte{copied.SHA256: persistsamples.PDF, proved.SHA256: persistsamples.Proof} {
		if got, err := r.manager.File(context.Background(), v.ID, digest); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got := r.stands(v.ID); got.SignedCopy == nil || got.Proof == nil {
		t.Errorf("the contract stands at %+v", got.Contract)
	}
}

func TestADocumentThatNoFactNeedsIsNotKept(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	draft := r.made() // nobody asked for its document yet
	if err := r.function(access.GenerateDoc).RecordFact(context.Background(), r.drew(draft.ID, persistsamples.PDF), persistsamples.PDF); err != nil {
		t.Fatal(err)
	}
	r.keptNothing()
}

func TestAFactWithoutItsDocumentIsNotKept(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	id := r.preparing().ID
	gif := []byte("GIF89a")
	for name, c := range map[string]struct {
		fact  events.Event
		files [][]byte
		want  int
	}{
		"no PDF":                    {r.drew(id, gif), [][]byte{gif}, http.StatusUnprocessableEntity},
		"another document":          {r.drew(id, persistsamples.PDF), [][]byte{[]byte("%PDF-2")}, http.StatusUnprocessableEntity},
		"no document":               {r.drew(id, persistsamples.PDF), nil, http.StatusUnprocessableEntity},
		"one too many":              {r.drew(id, persistsamples.PDF), [][]byte{persistsamples.PDF, persistsamples.PDF}, http.StatusUnprocessableEntity},
		"a fact that brings none":   {r.unsigned(id, events.DocumentRefused{Reason: "r"}), [][]byte{persistsamples.PDF}, http.StatusUnprocessableEntity},
		"a contract not there":      {r.drew(contract.ID(ids.New()), persistsamples.PDF), [][]byte{persistsamples.PDF}, http.StatusUnprocessableEntity},
		"larger than is ever taken": {r.drew(id, persistsamples.PDF), [][]byte{append(persistsamples.PDF, make([]byte, persistclient.FileLimit)...)}, http.StatusRequestEntityTooLarge},
	} {
		err := r.function(access.GenerateDoc).RecordFact(context.Background(), c.fact, c.files...)
		if got := statusOf(err); got != c.want {
			t.Errorf("%s: %d, want %d (%v)", name, got, c.want, err)
		}
	}
	r.keptNothing()
}

func TestABodyThatIsNoFactWithDocumentsIsRefused(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	id := r.preparing().ID
	for name, c := range map[string]struct{ form, body string }{
		"nothing":               {"", ""},
		"JSON":                  {"application/json", "{}"},
		"no boundary":           {"multipart/mixed", "--x\r\n\r\n{}\r\n--x--\r\n"},
		"no parts":              {"multipart/mixed; boundary=x", "--x--\r\n"},
		"no event":              {"multipart/mixed; boundary=x", "--x\r\n\r\n{}\r\n--x--\r\n"},
		"an end in the middle":  {"multipart/mixed; boundary=x", "--x\r\n\r\n{"},
		"an end before the end": {"multipart/mixed; boundary=x", "--x\r\n\r\n{}\r\n--x\r\n"},
	} {
		q := r.request(http.MethodPost, "/contracts/"+string(id)+"/facts", c.body)
		if err := r.function(access.GenerateDoc).Authorize(q); err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", c.form)
		if status, _ := r.send(q, http.DefaultClient); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func (r *fixture) keptNothing() {
	r.t.Helper()
	var files, facts int
	r.query(&files, `SELECT count(*) FROM files`)
	r.query(&facts, `SELECT count(*) FROM history WHERE what NOT IN ('contract.drafted', 'action.send')`)
	if files != 0 || facts != 0 {
		r.t.Errorf("%d files and %d facts were kept", files, facts)
	}
}

func TestAPersonKeepsNoFacts(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	id := r.preparing().ID
	for _, who := range []person{r.manager, r.account(auth.Administrator, "admin@example.org")} {
		if err := who.RecordFact(context.Background(), r.unsigned(id, persistsamples.Opened())); !errors.Is(err, persistclient.ErrDenied) {
			t.Errorf("%s: %v", who.Role, err)
		}
	}
	r.keptNothing()
}

// statusOf is the status of persist's refusal, as its client tells it.
func statusOf(err error) int {
	var p function.Problem
	switch {
	case errors.As(err, &p):
		return p.Status
	case errors.Is(err, persistclient.ErrDenied):
		return http.StatusForbidden
	case errors.Is(err, persistclient.ErrNotFound):
		return http.StatusNotFound
	}
	return 0
}
