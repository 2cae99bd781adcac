package devstack

import (
	"context"
	"net/http"
	"time"
)

// IsRunning reports whether the stack that wrote r still answers: a killed one leaves its run.json behind.
func IsRunning(ctx context.Context, r Run) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Page+"/health/liveness", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// Dir is where the stack keeps everything.
func (t *Stack) Dir() string { return t.o.Dir }
