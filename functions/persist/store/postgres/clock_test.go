package postgres

import (
	"testing"
	"time"
)

func TestTimeIsTheDatabases(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	c := &Clock{Own: func() time.Time { return noon.Add(-40 * time.Second) }}
	c.set(noon.Add(time.Second), c.Own(), c.Own().Add(2*time.Second))
	if got := c.Now(); !got.Equal(noon) {
		t.Errorf("it is %s", got)
	}
}
