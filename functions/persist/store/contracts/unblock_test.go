package contracts

import (
	"testing"
	"time"
)

func TestUnblockingIsPaced(t *testing.T) {
	t.Parallel()
	var p paces
	now := time.Now()
	for i, step := range []struct {
		service string
		after   time.Duration
		want    bool
	}{{"mail", 0, true}, {"mail", time.Second, false}, {"signature", time.Second, true}, {"mail", unblockEvery, true}} {
		if got := p.take(step.service, now.Add(step.after)); got != step.want {
			t.Errorf("step %d: %t", i, got)
		}
	}
}
