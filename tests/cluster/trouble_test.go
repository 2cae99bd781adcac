//go:build cluster

package cluster

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// What is missing is said where an operator looks, by its name, and is no trouble any more once it is there.
func TestAMissingSecretIsSaidAndMended(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	here.pods.awaitZero(t, "send-mail")
	if _, err := kubectl(ctx, "delete", "secret", "-n", here.namespace, "paraphe-send-mail"); err != nil {
		t.Fatal(err)
	}
	asked := ask(ctx, "send-mail")
	awaitSaid(ctx, t, `secret "paraphe-send-mail" not found`, "get", "pods,revisions,ksvc", "-n", here.namespace, "-l", "serving.knative.dev/service=send-mail", "-o", "json")
	began := time.Now()
	setSecret(ctx, t, "paraphe-send-mail", nil)
	awaitAnswer(ctx, t, "send-mail", asked)
	measured.add("a missing Secret is there again: first answer after", "%.0f s", time.Since(began).Seconds())
}

func TestAWrongDatabaseURLIsSaidAndMended(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	right := here.secrets["paraphe-persist"]["database-url"]
	setSecret(ctx, t, "paraphe-persist", map[string]string{"database-url": strings.Replace(right, "/paraphe?", "/nowhere?", 1)})
	if err := kill(ctx, "persist"); err != nil {
		t.Fatal(err)
	}
	asked := ask(ctx, "persist")
	awaitSaid(ctx, t, "DATABASE_URL", "logs", "-n", here.namespace, "-l", "serving.knative.dev/service=persist", "-c", "user-container", "--tail=-1")
	began := time.Now()
	setSecret(ctx, t, "paraphe-persist", nil)
	awaitAnswer(ctx, t, "persist", asked)
	measured.add("a wrong DATABASE_URL is mended in its Secret: first answer after", "%.0f s", time.Since(began).Seconds())
}

// A contract that is sent while no event can be said goes on by itself once the Broker can be reached.
func TestAnUnreachableBrokerIsSaidAndMended(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	if err := here.lay(ctx, "eventing.broker.ingress=http://nowhere.invalid"); err != nil {
		t.Fatal(err)
	}
	reporter := newScenario(ctx, t)
	upTo(ctx, t, reporter, scenario.Sent)
	awaitSaid(ctx, t, "BROKER_URL", "logs", "-n", here.namespace, "-l", "serving.knative.dev/service=persist", "-c", "user-container", "--tail=-1")
	began := time.Now()
	if err := here.lay(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := reporter.Play(ctx); err != nil {
		t.Fatal(err)
	}
	measured.add("the Broker can be reached again: a contract that was sent meanwhile is completed after", "%.0f s", time.Since(began).Seconds())
}

// setSecret sets a Secret as it was made, with these values in place of its own.
func setSecret(ctx context.Context, t *testing.T, name string, values map[string]string) {
	t.Helper()
	all := map[string]string{}
	for _, given := range []map[string]string{here.secrets[name], values} {
		for key, value := range given {
			all[key] = value
		}
	}
	object, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": name}, "stringData": all})
	if err == nil {
		err = here.apply(ctx, object)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// ask asks a function until it answers, as the Broker does.
func ask(ctx context.Context, name string) <-chan struct{} {
	answered := make(chan struct{})
	go func() {
		_ = scenario.Await(ctx, func() bool { return visit(ctx, here.inside(name)+"/health/liveness") == nil })
		close(answered)
	}()
	return answered
}

func awaitAnswer(ctx context.Context, t *testing.T, name string, answered <-chan struct{}) {
	t.Helper()
	<-answered
	if ctx.Err() != nil {
		t.Fatalf("%s never answered", name)
	}
}

// awaitSaid waits until a command of kubectl shows these words, and logs the line.
func awaitSaid(ctx context.Context, t *testing.T, words string, args ...string) {
	t.Helper()
	for {
		text, err := kubectl(ctx, args...)
		for line := range strings.SplitSeq(strings.ReplaceAll(string(text), `\"`, `"`), "\n") {
			if strings.Contains(line, words) {
				t.Logf("said: %.500s", strings.TrimSpace(line))
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("nobody said %q: %v", words, err)
		case <-time.After(500 * time.Millisecond):
		}
	}
}
