//go:build cluster

package cluster

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// Whatever is done to the functions in the middle of the scenario, the contract is completed.
func TestTheContractIsCompletedAlthough(t *testing.T) {
	for _, c := range []struct {
		what string
		harm func(context.Context) error
	}{
		{"a pod of each function is killed", func(ctx context.Context) error { return kill(ctx, functions...) }},
		{"orchestrate and persist are killed again and again", killAgain},
		{"the node is drained", drain},
		{"the database is restarted", restartDatabase},
	} {
		t.Run(c.what, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			reporter := newScenario(ctx, t)
			began := time.Now()
			for _, step := range []string{scenario.Drafted, scenario.Sent, scenario.Mailed, scenario.Signed} {
				hurt := make(chan error, 1)
				go func() { hurt <- c.harm(ctx) }()
				upTo(ctx, t, reporter, step)
				if err := <-hurt; err != nil {
					t.Fatal(err)
				}
			}
			end, err := reporter.Play(ctx)
			if err != nil {
				t.Fatal(err)
			}
			assertNotifications(ctx, t, end.Contract)
			measured.add("although before each step "+c.what+": draft to completed", "%.1f s", time.Since(began).Seconds())
		})
	}
}

// kill ends every pod of these functions at once, without a chance to finish anything.
func kill(ctx context.Context, names ...string) error {
	for _, name := range names {
		if _, err := kubectl(ctx, "delete", "pod", "-n", here.namespace, "-l", "serving.knative.dev/service="+name, "--grace-period=0", "--force", "--wait=false"); err != nil {
			return err
		}
	}
	return nil
}

func killAgain(ctx context.Context) error {
	for range 3 {
		if err := kill(ctx, "orchestrate", "persist"); err != nil {
			return err
		}
	}
	return nil
}

// drain evicts every pod of ours, as `kubectl drain` does. What the stand-ins keep is on their own disks and would be
// gone with the node, which the services that they play are not: they stay.
func drain(ctx context.Context) error {
	_, err := kubectl(ctx, "delete", "pod", "-n", here.namespace, "--wait=false", "-l",
		"serving.knative.dev/service in (frontend,orchestrate,persist,generate-doc,send-mail,receive-webhook)")
	return err
}

func restartDatabase(ctx context.Context) error {
	return errors.Join(here.database.stop(), here.database.start(ctx))
}

// assertNotifications wants no notification missing. One more of a kind than is needed is what is known and bounded: a send-mail that
// is killed between the mail service's answer and its own report.
func assertNotifications(ctx context.Context, t *testing.T, contract string) {
	t.Helper()
	got := map[string]int{}
	for _, to := range []string{customer(customers).Email, here.manager.Manager.Email} {
		mails, err := scenario.Mails(ctx, here.manager.Addresses.Mailbox, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if m.CustomArgs["contract"] == contract {
				got[m.CustomArgs["kind"]+" to "+to]++
			}
		}
	}
	if len(got) != 3 || slices.Max(slices.Collect(maps.Values(got))) > 2 {
		t.Errorf("notifications are %v, want an invitation and two signed copies", got)
	}
	t.Logf("notifications: %v", got)
}
