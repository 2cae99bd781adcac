package function

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"regexp"
	"sync"
)

// traceparentForm is the header of W3C Trace Context level 1, version 00
// (https://www.w3.org/TR/trace-context/#traceparent-header), compiled at its first use: a cold start does not wait for it.
var traceparentForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)
})

type traceKey struct{}

// WithTrace carries a traceparent to whatever is called and published with ctx. One that is absent or malformed is
// replaced by a new one, as the standard asks.
func WithTrace(ctx context.Context, traceparent string) context.Context {
	return context.WithValue(ctx, traceKey{}, childOf(traceparent))
}

// Trace returns the traceparent of ctx, or "" if there is none.
func Trace(ctx context.Context) string {
	t, _ := ctx.Value(traceKey{}).(string)
	return t
}

// SetTrace puts the traceparent of ctx onto an outgoing request.
func SetTrace(ctx context.Context, h http.Header) {
	if t := Trace(ctx); t != "" {
		h.Set("Traceparent", t)
	}
}

func childOf(traceparent string) string {
	trace := randomHex(16)
	if m := traceparentForm().FindStringSubmatch(traceparent); m != nil {
		trace = m[1]
	}
	return "00-" + trace + "-" + randomHex(8) + "-01"
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b)
}
