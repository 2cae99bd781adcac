//go:build cluster

package cluster

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// measured is what was measured, in the order in which it was.
var measured table

type table struct {
	mu   sync.Mutex
	rows []string
}

// add writes a row: what, and how much.
func (m *table) add(what, format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, fmt.Sprintf("| %s | %s |", what, fmt.Sprintf(format, args...)))
}

func (m *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n| what, on %s | measured |\n|---|---|\n", time.Now().Format(time.DateOnly))
	for _, row := range m.rows {
		fmt.Fprintln(w, row)
	}
}

// at is the value below which that share of the values lies.
func at(share float64, values []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
