package generatedoc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// fakeStore is persist with one contract.
type fakeStore struct {
	view   persistclient.View
	asking error
	put    error
	facts  []events.Event
	files  [][]byte
}

func (s *fakeStore) Contract(context.Context, contract.ID) (persistclient.View, error) {
	return s.view, s.asking
}

func (s *fakeStore) RecordFact(_ context.Context, fact events.Event, files ...[]byte) error {
	s.facts, s.files = append(s.facts, fact), append(s.files, files...)
	return s.put
}

func eventOf(s *fakeStore) ([]events.Event, error) {
	return newHandler(s)(context.Background(), eventstest.Verified("e1", s.view.ID, events.GenerateDocument{Template: s.view.Template}))
}

func TestADrawnDocumentIsKeptAndThenReported(t *testing.T) {
	t.Parallel()
	s := &fakeStore{view: sample("service-agreement/1", "en")}
	out, err := eventOf(s)
	if err != nil || len(out) != 1 || len(s.files) != 1 {
		t.Fatalf("said %v, kept %d files, %v", out, len(s.files), err)
	}
	sum := sha256.Sum256(s.files[0])
	want := events.DocumentGenerated{
		Document: contract.Document{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(s.files[0])), Pages: 5}, Anchors: 2,
	}
	if out[0].Payload != want || out[0].Subject != s.view.ID || out[0].Source != "generate-doc" {
		t.Errorf("said %+v, want %+v", out[0], want)
	}
	if len(s.facts) != 1 || !reflect.DeepEqual(s.facts[0], out[0]) {
		t.Errorf("kept %+v, said %+v", s.facts, out[0])
	}
}

func TestDuplicatedCommandsGetTheSameResponse(t *testing.T) {
	t.Parallel()
	s := &fakeStore{view: sample("consumer-contract/1", "fr")}
	first, _ := eventOf(s)
	second, err := eventOf(s)
	if err != nil || len(first) != 1 || !reflect.DeepEqual(first, second) {
		t.Errorf("first %v, then %v, %v", first, second, err)
	}
}

func TestWhatCannotBeDrawnIsAFactAndKeepsNothing(t *testing.T) {
	t.Parallel()
	s := &fakeStore{view: sample("service-agreement/1", "fr")}
	s.view.People[0].LastName = "🙂"
	out, err := eventOf(s)
	want := events.DocumentRefused{Field: "signers[0].last_name", Reason: "has a character that the document cannot show: U+1F642"}
	if err != nil || len(out) != 1 || out[0].Payload != want || len(s.files) != 0 {
		t.Errorf("said %+v, kept %d files, %v; want %+v", out, len(s.files), err, want)
	}
}

func TestAContractAtItsEndNeedsNoDocument(t *testing.T) {
	t.Parallel()
	s := &fakeStore{view: sample("service-agreement/1", "fr")}
	s.view.Status = contract.Cancelled
	if out, err := eventOf(s); err != nil || out != nil || s.files != nil {
		t.Errorf("said %v, kept %d files, %v", out, len(s.files), err)
	}
}

func TestErrorsOfTheRecordAskForAnotherTryUnlessItKnowsNoSuchContract(t *testing.T) {
	t.Parallel()
	trouble := errors.New("connection refused")
	tests := map[string]struct {
		asking, put error
		never       bool
	}{
		"cannot ask":       {asking: trouble},
		"cannot keep":      {put: trouble},
		"not let in":       {asking: persistclient.ErrDenied},
		"no such contract": {asking: persistclient.ErrNotFound, never: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := eventOf(&fakeStore{view: sample("service-agreement/1", "fr"), asking: tt.asking, put: tt.put})
			if err == nil || out != nil || function.Refused(err) != tt.never {
				t.Errorf("said %v, %v; never again: %t, want %t", out, err, function.Refused(err), tt.never)
			}
		})
	}
}

func TestAMissingSettingIsNamedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	boot := function.Boot{Name: "generate-doc", Lookup: func(string) (string, bool) { return "", false }}
	_, err := New(boot)
	if err == nil || err.Error() != "generate-doc: the setting PERSIST_URL is missing" {
		t.Errorf("New says %v", err)
	}
}
