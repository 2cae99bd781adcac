package tests

import (
	"context"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

const (
	// patience is how long one thing may take that follows from another, on a machine that does nothing else.
	patience = 30 * time.Second
	// tale is how long a whole scenario may take. Nothing is waited for without an end: a test that hangs takes all others
	// with it, and does not say what it waited for.
	tale = 4 * time.Minute
)

// caller is who asks, and leaves when no answer comes.
var caller = timeouts.Client(patience)

// within is the test's context, for as long as a scenario may take.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := timeouts.Context(t.Context(), tale)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for what follows from something else; the test ends if it does not.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	ctx, cancel := timeouts.Context(t.Context(), patience)
	defer cancel()
	if err := scenario.Await(ctx, so); err != nil {
		t.Fatalf("that %s: %v", what, context.Cause(ctx))
	}
}
