//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// customer is one of those who sign.
func customer(n int) scenario.Customer {
	return scenario.Customer{FirstName: "Zoë", LastName: "Žižek-O'Neill", Email: fmt.Sprintf("zoe%d@example.org", n),
		Phone: fmt.Sprintf("+336000%05d", n), Locale: []string{"fr", "en"}[n%2]}
}

// customers counts them, so that every scenario has its own.
var customers int

// newScenario is another scenario by the same manager, who logs in anew: an earlier session may have ended.
func newScenario(ctx context.Context, t *testing.T) *scenario.Run {
	t.Helper()
	customers++
	if err := here.manager.MoveTo(ctx, here.manager.Addresses); err != nil {
		t.Fatal(err)
	}
	return here.manager.Next(customer(customers))
}

func upTo(ctx context.Context, t *testing.T, reporter *scenario.Run, step string) {
	t.Helper()
	if err := reporter.UpTo(ctx, step); err != nil {
		t.Fatal(err)
	}
}

// One contract from draft to completed, beginning with no pod at all; then one with everything warm. After it nothing
// runs any more.
func TestOneContractFromZeroPodsAndBackToZero(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := here.liftQuota(ctx); err != nil {
		t.Fatal(err)
	}
	here.pods.awaitZero(t, functions...)
	first := newScenario(ctx, t)
	upTo(ctx, t, first, scenario.Drafted)
	here.pods.awaitZero(t, functions...)
	cold, err := first.Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	warm, err := newScenario(ctx, t).Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	measured.add("*send* to the letter in the mailbox, every function at zero pods", "%s", milliseconds(cold.SendToMail))
	measured.add("*send* to the letter in the mailbox, warm", "%s", milliseconds(warm.SendToMail))
	measured.add("signature to completed, warm", "%s", milliseconds(warm.SignToDone))
	ended := time.Now()
	here.pods.awaitZero(t, functions...)
	measured.add("no pod left after the last step (window 6 s)", "%.0f s", time.Since(ended).Seconds())
}

// What an operator runs after an upgrade: the scenario, played from inside the cluster.
func TestHelmTestPlaysTheScenario(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	output, err := command(ctx, nil, "helm", "test", "paraphe", "-n", here.namespace, "--logs", "--timeout", "4m")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(output), "is completed") {
		t.Errorf("it did not tell the story to its end:\n%s", output)
	}
}
