//go:build cluster

package cluster

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// watch follows the pods of a namespace. Kubernetes keeps times in whole seconds, so it takes its own.
type watch struct {
	mu   sync.Mutex
	pods map[string]*pod
	most map[string]int // by function, since forget
}

type pod struct {
	function    string
	seen, ready time.Time
	ending      bool // was told to end, which takes Knative half a minute
	gone        bool
}

// change is what Kubernetes tells of a pod.
type change struct {
	Type   string
	Object struct {
		Metadata struct {
			UID               string
			DeletionTimestamp string
			Labels            map[string]string
		}
		Status struct {
			Conditions []struct{ Type, Status string }
		}
	}
}

// follow watches until ctx ends.
func follow(ctx context.Context, namespace string) (*watch, error) {
	w := &watch{pods: map[string]*pod{}, most: map[string]int{}}
	c := exec.CommandContext(ctx, "kubectl", "get", "pods", "-n", namespace, "-o", "json", "--watch", "--output-watch-events")
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer func() { _ = c.Wait() }()
		for changes := json.NewDecoder(out); ; {
			var e change
			if changes.Decode(&e) != nil {
				return
			}
			w.receive(e)
		}
	}()
	return w, w.catchUp(ctx, namespace)
}

// catchUp waits until the pods that are there by now have been learned of: before, none would seem to be there.
func (w *watch) catchUp(ctx context.Context, namespace string) error {
	type item struct{ Metadata struct{ UID string } }
	var there struct{ Items []item }
	if err := look(ctx, &there, "pods", "-n", namespace); err != nil {
		return err
	}
	return scenario.Await(ctx, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return !slices.ContainsFunc(there.Items, func(p item) bool { return w.pods[p.Metadata.UID] == nil })
	})
}

func (w *watch) receive(e change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id, function := e.Object.Metadata.UID, e.Object.Metadata.Labels["serving.knative.dev/service"]
	p := w.pods[id]
	if p == nil {
		p = &pod{function: function, seen: time.Now()}
		w.pods[id] = p
	}
	p.gone = e.Type == "DELETED"
	p.ending = p.gone || e.Object.Metadata.DeletionTimestamp != ""
	for _, c := range e.Object.Status.Conditions {
		if c.Type == "Ready" && c.Status == "True" && p.ready.IsZero() {
			p.ready = time.Now()
		}
	}
	w.most[function] = max(w.most[function], w.count(function))
}

// count is how many pods a function has that were not told to end.
func (w *watch) count(function string) int {
	return w.those(func(p *pod) bool { return p.function == function && !p.ending })
}

func (w *watch) those(so func(*pod) bool) int {
	n := 0
	for _, p := range w.pods {
		if so(p) {
			n++
		}
	}
	return n
}

// forget begins to count the most pods anew.
func (w *watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most = map[string]int{}
}

// since is how long the function's first pod after that moment took from its making to being ready, or nothing yet.
func (w *watch) since(function string, began time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.pods {
		if p.function == function && p.seen.After(began) && !p.ready.IsZero() {
			return p.ready.Sub(p.seen)
		}
	}
	return 0
}

// awaitZero waits until none of these functions has a pod that was not told to end: all at the same moment.
func (w *watch) awaitZero(t *testing.T, names ...string) {
	t.Helper()
	w.await(t, func(p *pod) bool { return !p.ending && slices.Contains(names, p.function) })
}

// awaitGone waits until a function has no pod at all: one that is ending may still answer.
func (w *watch) awaitGone(t *testing.T, name string) {
	t.Helper()
	w.await(t, func(p *pod) bool { return !p.gone && p.function == name })
}

// await waits until no pod is so.
func (w *watch) await(t *testing.T, so func(*pod) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	left := 0
	err := scenario.Await(ctx, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		left = w.those(so)
		return left == 0
	})
	if err != nil {
		t.Fatalf("%d pods did not go", left)
	}
}
