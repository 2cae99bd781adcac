package contracts

import (
	"context"
	"errors"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Its document is there before the wish to cancel is written: by then the contract has the version that the wish would
// have given it, and its attempt is as it was.
func TestAnActionThatCameTooLateChangesNoAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, v := context.Background(), f.preparing()
	before, err := f.read(ctx, event(v.ID, events.DocumentGenerated{}))
	if err != nil {
		t.Fatal(err)
	}
	action := persistclient.Action{Kind: lifecycle.Cancel, Version: v.Version}
	n, err := authorize(before.contract, action, v.Relation, f.db.Moment())
	if err != nil || n.After.Request.State != contract.NeverOpened {
		t.Fatalf("%+v, %v", n.After.Request, err)
	}
	f.handles(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF)})
	late := update{before: before, after: n.After}
	if err := f.writeAction(ctx, f.manager, late, persistclient.View{}, request{action: action}); !errors.Is(err, ErrVersionConflict) {
		t.Errorf("a wish behind an entry that is not the last: %v", err)
	}
	var state contract.AttemptState
	if f.query(&state, `SELECT state FROM attempts`); state != contract.Opening {
		t.Errorf("the attempt is %s", state)
	}
}

// Its owner cancels while the document is drawn: by then the contract has the version that the fact would have given it,
// and the document is kept as little as the fact.
func TestADocumentOfAFactThatCameTooLateIsNotKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, v := context.Background(), f.preparing()
	drawn := events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF)}
	fact := event(v.ID, drawn)
	before, err := f.read(ctx, fact)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, err := f.Perform(ctx, f.manager, v.ID, persistclient.Action{Kind: lifecycle.Cancel, Version: v.Version}, persistclient.Idempotency{})
	if err != nil || cancelled.Status != contract.Cancelled {
		t.Fatalf("%s, %v", cancelled.Status, err)
	}
	f.cache.Put(before) // it was read before that
	if _, err := f.Handle(ctx, fact, persistsamples.FilesOf(drawn)); err != nil {
		t.Fatal(err)
	}
	var files int
	if f.query(&files, `SELECT count(*) FROM files`); files != 0 {
		t.Errorf("%d files are kept that nothing names", files)
	}
}
