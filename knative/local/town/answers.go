package town

import (
	"context"
	"net/http"
	"time"
)

// Answers reports whether the town that wrote r still answers: a run.json may be left over from one that was killed.
func Answers(ctx context.Context, r Run) bool {
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

// Dir is where the town keeps everything.
func (t *Town) Dir() string { return t.o.Dir }
