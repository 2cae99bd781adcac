//go:build cluster

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// What a function holds while it has nothing to do, beside the least that it could be.
func TestMemoryAtIdle(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, name := range append([]string{"bare"}, functions...) {
		if err := visit(ctx, here.inside(name)+"/health/liveness"); err != nil {
			t.Fatal(err)
		}
	}
	var output []string
	for _, name := range append([]string{"bare"}, functions...) {
		output = append(output, fmt.Sprintf("%s %.1f", name, memory(ctx, t, name)))
	}
	measured.add("memory of a function at idle (working set of its container), MiB", "%s", strings.Join(output, ", "))
}

// memory asks the node, which looks every ten seconds or so.
func memory(ctx context.Context, t *testing.T, function string) float64 {
	t.Helper()
	var bytes float64
	err := scenario.Await(ctx, func() bool {
		if err := visit(ctx, here.inside(function)+"/health/liveness"); err != nil { // so that it stays
			return false
		}
		bytes = workingSet(ctx, function)
		return bytes > 0
	})
	if err != nil {
		t.Fatalf("the node does not know the memory of %s", function)
	}
	return bytes / (1 << 20)
}

// summary is what a node tells of its containers.
type summary struct {
	Pods []struct {
		PodRef     struct{ Name, Namespace string }
		Containers []struct {
			Name   string
			Memory struct{ WorkingSetBytes float64 }
		}
	}
}

func workingSet(ctx context.Context, function string) float64 {
	var nodes struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	if look(ctx, &nodes, "nodes") != nil {
		return 0
	}
	for _, node := range nodes.Items {
		var s summary
		text, err := kubectl(ctx, "get", "--raw", "/api/v1/nodes/"+node.Metadata.Name+"/proxy/stats/summary")
		if err != nil || json.Unmarshal(text, &s) != nil {
			continue
		}
		if bytes := s.of(function); bytes > 0 {
			return bytes
		}
	}
	return 0
}

// of finds the function's own container: its pods are called after its revisions, as in persist-00001.
func (s summary) of(function string) float64 {
	for _, p := range s.Pods {
		for _, c := range p.Containers {
			if p.PodRef.Namespace == here.namespace && strings.HasPrefix(p.PodRef.Name, function+"-0") && c.Name == "user-container" && c.Memory.WorkingSetBytes > 0 {
				return c.Memory.WorkingSetBytes
			}
		}
	}
	return 0
}
