// Package generatedoc draws contracts: out of a template's text and a contract's data it makes the PDF that is
// signed. It alone draws, and it knows of no other function than persist, which it asks for the data and gives the
// file to.
package generatedoc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Manifest is what generate-doc promises.
var Manifest = function.Manifest{
	Name:     "generate-doc",
	Consumes: []events.Payload{events.GenerateDocument{}},
	Produces: []events.Payload{events.DocumentGenerated{}, events.DocumentRefused{}},
	Settings: Settings{},
}

// Settings is what generate-doc has to be told.
type Settings struct {
	PersistURL   function.URL     `envconfig:"PERSIST_URL" required:"true"`
	FunctionKey  auth.PrivateKeys `envconfig:"FUNCTION_KEY" required:"true"` // its id begins with "generate-doc"
	FunctionKeys auth.PublicKeys  `envconfig:"FUNCTION_PUBLIC_KEYS" required:"true"`
}

// askTimeout bounds one question to persist, a cold start of it included.
const askTimeout = 20 * time.Second

// New makes the function.
func New(b function.Boot) (*function.Function, error) {
	var s Settings
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	author, err := auth.NewAuthor(b, s.FunctionKey, s.FunctionKeys)
	if err != nil {
		return nil, err
	}
	persist := &persistclient.Client{Address: s.PersistURL.String(), HTTP: function.NewClient(askTimeout), Self: author, Now: b.Now}
	return &function.Function{Manifest: Manifest, Handle: newHandler(persist), Publisher: b.SigningPublisher(author)}, nil
}

// documentStore is what generate-doc asks of persist.
type documentStore interface {
	Contract(context.Context, contract.ID) (persistclient.View, error)
	RecordFact(ctx context.Context, fact events.Event, files ...[]byte) error
}

// newHandler makes the handler. Hearing a command again draws the same bytes again, which are kept once. A contract that
// has come to its end in the meantime needs no document any more.
func newHandler(persist documentStore) function.Handler {
	return func(ctx context.Context, verified events.Verified) ([]events.Event, error) {
		in := verified.Event()
		view, err := persist.Contract(ctx, in.Subject)
		switch {
		case errors.Is(err, persistclient.ErrNotFound):
			return nil, function.Refuse("contract %s is not on record", in.Subject)
		case err != nil:
			return nil, fmt.Errorf("draw contract %s: %w", in.Subject, err)
		case view.Status.Final():
			return nil, nil
		}
		out, err := generate(ctx, persist, in, view)
		if err != nil {
			return nil, fmt.Errorf("draw contract %s: %w", in.Subject, err)
		}
		return []events.Event{out}, nil
	}
}

// generate draws the document and keeps it with the fact that it was drawn. What can never be drawn is no error but a
// fact: a person has to change it.
func generate(ctx context.Context, persist documentStore, in events.Event, view persistclient.View) (events.Event, error) {
	drawn, err := Draw(view)
	var refused Refused
	if errors.As(err, &refused) {
		return events.Reply(in, Manifest.Name, events.DocumentRefused{Field: refused.Field, Reason: refused.Reason})
	}
	if err != nil {
		return events.Event{}, err
	}
	document := persistclient.DocumentOf(drawn.File)
	document.Pages = drawn.Pages
	out, err := events.Reply(in, Manifest.Name, events.DocumentGenerated{Document: document, Anchors: drawn.Anchors})
	if err != nil {
		return events.Event{}, err
	}
	function.Point("generate-doc.document-drawn")
	err = persist.RecordFact(ctx, out, drawn.File)
	function.Point("generate-doc.document-kept")
	return out, err
}
