//go:build cluster

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// start is one start from zero, as the cluster and as a caller see it.
type start struct{ pod, answer time.Duration }

// Every function and the least that one could be start from zero in turn, so that what else happens on the machine
// happens to all of them.
func TestStartFromZeroBesideTheLeastThereCouldBe(t *testing.T) {
	names := append([]string{"bare", "bare-mounting"}, functions...)
	starts := map[string][]start{}
	for range *rounds {
		for _, name := range names {
			starts[name] = append(starts[name], startFromZero(t, name))
		}
		names = append(names[1:], names[0])
	}
	bare := at(0.5, answers(starts["bare"]))
	for _, name := range append([]string{"bare", "bare-mounting"}, functions...) {
		pods, first := podTimes(starts[name]), answers(starts[name])
		ratio := float64(at(0.5, first)) / float64(bare)
		measured.add("start of "+name+" from zero: pod made to ready, p50 and p95; first answer, p50 and p95; beside bare", "%s, %s; %s, %s; %.2f times",
			milliseconds(at(0.5, pods)), milliseconds(at(0.95, pods)), milliseconds(at(0.5, first)), milliseconds(at(0.95, first)), ratio)
	}
}

func startFromZero(t *testing.T, name string) start {
	t.Helper()
	here.pods.awaitGone(t, name)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var s start
	began := time.Now()
	if err := visit(ctx, here.inside(name)+"/health/liveness"); err != nil {
		t.Fatal(err)
	}
	s.answer = time.Since(began)
	err := scenario.Await(ctx, func() bool { s.pod = here.pods.since(name, began); return s.pod > 0 })
	if err != nil {
		t.Fatalf("no pod of %s became ready", name)
	}
	return s
}

func answers(starts []start) (all []time.Duration) {
	for _, s := range starts {
		all = append(all, s.answer)
	}
	return all
}

func podTimes(starts []start) (all []time.Duration) {
	for _, s := range starts {
		all = append(all, s.pod)
	}
	return all
}

// imageLimit is what an image may weigh, compressed.
const imageLimit = 25 << 20

func TestImagesAreSmall(t *testing.T) {
	var output []string
	for _, name := range append([]string{"bare"}, functions...) {
		bytes := imageSize(t, name)
		output = append(output, fmt.Sprintf("%s %.1f", name, float64(bytes)/1e6))
		if bytes == 0 || bytes > imageLimit {
			t.Errorf("the image of %s has %d bytes", name, bytes)
		}
	}
	measured.add("image with its base, compressed, MB", "%s", strings.Join(output, ", "))
}

// imageSize adds up what the registry says of an image's layers.
func imageSize(t *testing.T, name string) int64 {
	t.Helper()
	registry, path, _ := strings.Cut(os.Getenv("KO_DOCKER_REPO"), "/")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+registry+"/v2/"+path+"/"+name+"/manifests/"+here.tag, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	var manifest struct{ Layers []struct{ Size int64 } }
	if err != nil || json.Unmarshal(text, &manifest) != nil {
		t.Fatalf("the registry answered %s: %s", answer.Status, text)
	}
	var sum int64
	for _, layer := range manifest.Layers {
		sum += layer.Size
	}
	return sum
}

// What a signature service waits for the first answer, and for that to each of its retries
// (https://developers.yousign.com/docs/webhook-retries).
const (
	firstPatience = time.Second
	laterPatience = 10 * time.Second
)

// A webhook that finds no pod is answered at the latest when it is sent again; receive-webhook alone, kept warm, answers
// the first.
func TestWebhookIsAnsweredWithinWhatTheServiceWaits(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	reporter := newScenario(ctx, t)
	upTo(ctx, t, reporter, scenario.Mailed)
	about := openRequest(ctx, t)
	for what, kept := range map[string][]string{"nothing": nil, "receive-webhook": {"receive-webhook"}} {
		keepWarm(ctx, t, kept)
		measureWebhook(ctx, t, about, what, kept)
	}
	keepWarm(ctx, t, nil)
	if _, err := reporter.Play(ctx); err != nil {
		t.Fatal(err)
	}
}

// keepWarm lets these functions have one pod at all times.
func keepWarm(ctx context.Context, t *testing.T, names []string) {
	t.Helper()
	var values []string
	for _, name := range names {
		values = append(values, "functions."+name+".scale.min=1")
	}
	if err := here.lay(ctx, values...); err != nil {
		t.Fatal(err)
	}
}

func measureWebhook(ctx context.Context, t *testing.T, about request, what string, kept []string) {
	t.Helper()
	cold := slices.DeleteFunc(slices.Clone(functions), func(name string) bool { return slices.Contains(kept, name) })
	var took []time.Duration
	for range (*rounds + 1) / 2 { // each waits for every function to go
		here.pods.awaitZero(t, cold...)
		if len(kept) == 0 {
			here.pods.awaitGone(t, "receive-webhook")
		}
		status, d := here.report(ctx, about, "signer.done", laterPatience)
		if status != http.StatusOK {
			t.Errorf("with %s kept warm, a webhook was answered %d after %s", what, status, d)
		}
		took = append(took, d)
	}
	measured.add("webhook answered, kept warm is "+what+": median and slowest", "%s, %s", milliseconds(at(0.5, took)), milliseconds(at(1, took)))
	if slowest := at(1, took); len(kept) > 0 && slowest > firstPatience {
		t.Errorf("with %s kept warm, a webhook was answered after %s", what, slowest)
	}
}

func openRequest(ctx context.Context, t *testing.T) request {
	t.Helper()
	open, err := here.requests(ctx)
	if err != nil || len(open) == 0 {
		t.Fatalf("%d open requests, %v", len(open), err)
	}
	return open[0]
}
