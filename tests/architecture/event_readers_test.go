package architecture_test

import (
	"go/ast"
	"go/parser"
	"testing"
)

// eventReaders are the files in which an event is read out of what came from elsewhere, and what becomes of it there. Each is a row
// in docs/security.md: who reads one elsewhere opens a way in that nobody has thought about.
var eventReaders = map[string]string{
	"shared/function/event_handler.go":           "from the Broker: SigningPublisher.Verify",
	"functions/persist/httpapi/facts.go":         "brought by its author: SigningPublisher.Verify",
	"functions/persist/httpapi/deadletters.go":   "a dead letter: its author's signature; replayed: Signatures.Verify, and again by whoever consumes it",
	"functions/persist/store/contracts/state.go": "persist's own answers, out of its own table",
}

func TestEveryPlaceThatReadsEventsIsListed(t *testing.T) {
	t.Parallel()
	readers := map[string]bool{"FromRequest": true, "FromStructured": true, "FromCloudEvent": true, "ReadUndelivered": true}
	found := map[string]bool{}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if s.test || s.pkg == "shared/events" || within(s.pkg, "internal/testkit") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := selector.X.(*ast.Ident); ok && from.Name == "events" && readers[selector.Sel.Name] {
				found[s.file] = true
				if eventReaders[s.file] == "" {
					t.Errorf("%s: events.%s is a way in that eventReaders does not have", s.positions.Position(n.Pos()), selector.Sel.Name)
				}
			}
			return true
		})
	}
	for file := range eventReaders {
		if !found[file] {
			t.Errorf("%s reads no event any more", file)
		}
	}
}
