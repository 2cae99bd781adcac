package persist

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

var aPDF = []byte("%PDF-1.7 \x00\xff\r\n--")

// drawnBy is the fact that this document was drawn, as this function would say it.
func (r *room) drawnBy(source string, id contract.ID, pdf []byte) events.Event {
	e := r.event(id, events.DocumentGenerated{Document: record.DocumentOf(pdf), Anchors: 2})
	e.Source = source
	return e
}

func TestAFactAndItsDocumentAreOnRecordTogether(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v, ctx := r.preparing(), context.Background()
	fact := r.drawnBy(generateDoc, v.ID, aPDF)
	for range 2 { // the second time, nothing changes
		if err := r.function(generateDoc).Keep(ctx, fact, aPDF); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := r.manager.File(ctx, v.ID, digestOf(aPDF)); err != nil || !bytes.Equal(got, aPDF) {
		t.Errorf("%q, %v", got, err)
	}
	if got := r.stands(v.ID); got.Document == nil || got.Document.SHA256 != digestOf(aPDF) || got.Version != v.Version+1 {
		t.Errorf("the contract stands at %+v", got.Contract)
	}
	var transactions, files int
	r.query(&transactions, `SELECT count(DISTINCT t.xmin::text) FROM (SELECT xmin FROM files UNION SELECT xmin FROM history WHERE what = 'document.generated') t`)
	if r.query(&files, `SELECT count(*) FROM files`); transactions != 1 || files != 1 {
		t.Errorf("%d files in %d transactions", files, transactions)
	}
	other := r.made()
	if _, err := r.manager.File(ctx, other.ID, digestOf(aPDF)); !errors.Is(err, record.ErrNotFound) {
		t.Errorf("through another contract: %v", err)
	}
}

// What follows from a fact follows when it is heard, and what was kept by then is not written again.
func TestAFactThatWasKeptIsAnsweredWhenItIsHeard(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.preparing()
	fact := r.drawnBy(generateDoc, v.ID, aPDF)
	before := len(r.broker.types())
	if err := r.function(generateDoc).Keep(context.Background(), fact, aPDF); err != nil || len(r.broker.types()) != before {
		t.Fatalf("%v; said %v", err, r.broker.types()[before:])
	}
	said, err := r.ledger.hear(context.Background(), fact)
	if err != nil || len(said) != 1 || said[0].Payload.Type() != "contract.recorded" {
		t.Errorf("said %v, %v", said, err)
	}
	if got := r.stands(v.ID); got.Version != v.Version+1 {
		t.Errorf("version %d, want %d", got.Version, v.Version+1)
	}
}

func TestASignedCopyAndItsProofAreKeptAtOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v, proof := r.sent(), []byte("%PDF-1.4 proof")
	copied, proved := record.DocumentOf(aPDF), record.DocumentOf(proof)
	fact := r.event(v.ID, events.SignatureChecked{Attempt: 1, State: events.SignatureDone, SignedCopy: &copied, Proof: &proved})
	fact.Source = orchestrate
	if err := r.function(orchestrate).Keep(context.Background(), fact, aPDF, proof); err != nil {
		t.Fatal(err)
	}
	for digest, want := range map[string][]byte{copied.SHA256: aPDF, proved.SHA256: proof} {
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
	r := newRoom(t)
	draft := r.made() // nobody asked for its document yet
	if err := r.function(generateDoc).Keep(context.Background(), r.drawnBy(generateDoc, draft.ID, aPDF), aPDF); err != nil {
		t.Fatal(err)
	}
	r.keptNothing()
}

func TestAFactWithoutItsDocumentIsNotKept(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	id := r.preparing().ID
	gif := []byte("GIF89a")
	another := r.drawnBy(generateDoc, id, aPDF)
	another.Subject = r.made().ID
	for name, c := range map[string]struct {
		fact  events.Event
		files [][]byte
		want  int
	}{
		"no PDF":                    {r.drawnBy(generateDoc, id, gif), [][]byte{gif}, http.StatusUnprocessableEntity},
		"another document":          {r.drawnBy(generateDoc, id, aPDF), [][]byte{[]byte("%PDF-2")}, http.StatusUnprocessableEntity},
		"no document":               {r.drawnBy(generateDoc, id, aPDF), nil, http.StatusUnprocessableEntity},
		"one too many":              {r.drawnBy(generateDoc, id, aPDF), [][]byte{aPDF, aPDF}, http.StatusUnprocessableEntity},
		"a fact that brings none":   {r.factOf(generateDoc, id, events.MailSent{}), [][]byte{aPDF}, http.StatusUnprocessableEntity},
		"a contract not there":      {r.drawnBy(generateDoc, contract.ID(newID()), aPDF), [][]byte{aPDF}, http.StatusUnprocessableEntity},
		"somebody else's fact":      {r.drawnBy(orchestrate, id, aPDF), [][]byte{aPDF}, http.StatusForbidden},
		"larger than is ever taken": {r.drawnBy(generateDoc, id, aPDF), [][]byte{append(aPDF, make([]byte, record.FileLimit)...)}, http.StatusRequestEntityTooLarge},
	} {
		err := r.function(generateDoc).Keep(context.Background(), c.fact, c.files...)
		if got := statusOf(err); got != c.want {
			t.Errorf("%s: %d, want %d (%v)", name, got, c.want, err)
		}
	}
	r.keptNothing()
}

func TestABodyThatIsNoFactWithDocumentsIsRefused(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	id := r.preparing().ID
	token, err := r.function(generateDoc).Token()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ form, body string }{
		"nothing":               {"", ""},
		"JSON":                  {"application/json", "{}"},
		"no boundary":           {"multipart/mixed", "--x\r\n\r\n{}\r\n--x--\r\n"},
		"no parts":              {"multipart/mixed; boundary=x", "--x--\r\n"},
		"no event":              {"multipart/mixed; boundary=x", "--x\r\n\r\n{}\r\n--x--\r\n"},
		"an end in the middle":  {"multipart/mixed; boundary=x", "--x\r\n\r\n{"},
		"an end before the end": {"multipart/mixed; boundary=x", "--x\r\n\r\n{}\r\n--x\r\n"},
	} {
		q, err := http.NewRequest(http.MethodPost, r.address+"/contracts/"+string(id)+"/facts", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+token)
		q.Header.Set("Content-Type", c.form)
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
}

func (r *room) factOf(source string, id contract.ID, p events.Payload) events.Event {
	e := r.event(id, p)
	e.Source = source
	return e
}

func (r *room) keptNothing() {
	r.t.Helper()
	var files, facts int
	r.query(&files, `SELECT count(*) FROM files`)
	r.query(&facts, `SELECT count(*) FROM history WHERE what NOT IN ('contract.drafted', 'wish.send')`)
	if files != 0 || facts != 0 {
		r.t.Errorf("%d files and %d facts were kept", files, facts)
	}
}

func TestAPersonKeepsNoFacts(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	id := r.preparing().ID
	for _, who := range []person{r.manager, r.account(auth.Administrator, "admin@example.org")} {
		if err := who.Keep(context.Background(), r.drawnBy(generateDoc, id, aPDF), aPDF); !errors.Is(err, record.ErrDenied) {
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
	case errors.Is(err, record.ErrDenied):
		return http.StatusForbidden
	case errors.Is(err, record.ErrNotFound):
		return http.StatusNotFound
	}
	return 0
}
