//go:build compose

package compose

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

const grace = 10 * time.Second // after it Docker kills what has not ended

// The scenario as compose.yaml has it, told by a container.
func TestTheScenarioIsPlayed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	running(ctx, t)
	output, err := here.compose(ctx, "run", "--rm", "-T", "scenario")
	if err != nil || !strings.Contains(string(output), "is completed") {
		t.Fatalf("%v\n%s", err, output)
	}
	end := play(ctx, t, stories(ctx, t, 1)[0]) // and from outside, by the ports that a browser has
	measured.add("*send* to the letter in the mailbox; signature to completed", "%d ms; %d ms", end.SendToMail.Milliseconds(), end.SignToDone.Milliseconds())
}

// stories are so many by the manager, who logs in anew: an earlier session may have ended.
func stories(ctx context.Context, t *testing.T, n int) []*scenario.Run {
	t.Helper()
	if err := here.manager.MoveTo(ctx, here.manager.Addresses); err != nil {
		t.Fatal(err)
	}
	var all []*scenario.Run
	for range n {
		here.customers++
		all = append(all, here.manager.Next(scenario.Customer{
			FirstName: "Zoë", LastName: "Žižek-O'Neill", Email: fmt.Sprintf("zoe%d@example.org", here.customers),
			Phone: fmt.Sprintf("+336000%05d", here.customers), Locale: []string{"fr", "en"}[here.customers%2],
		}))
	}
	return all
}

// play plays a scenario to its end, from wherever it stands.
func play(ctx context.Context, t *testing.T, reporter *scenario.Run) scenario.Result {
	t.Helper()
	end, err := reporter.Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// upTo leaves each scenario standing behind this step.
func upTo(ctx context.Context, t *testing.T, step string, tellers ...*scenario.Run) {
	t.Helper()
	for _, reporter := range tellers {
		if err := reporter.UpTo(ctx, step); err != nil {
			t.Fatal(err)
		}
	}
}

// Everything is restarted while contracts are at every step of their way; each of them gets to its end.
func TestRestartedInTheMiddleNoContractIsLost(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	report := stories(ctx, t, 6)
	upTo(ctx, t, scenario.Drafted, report...)
	upTo(ctx, t, scenario.Mailed, report[4:]...)
	upTo(ctx, t, scenario.Sent, report[2:4]...)
	began := time.Now()
	if _, err := here.compose(ctx, "restart"); err != nil {
		t.Fatal(err)
	}
	measured.add("everything restarted, six contracts on their way", "%.1f s", time.Since(began).Seconds())
	here.awaitRoutes(ctx, t)
	for _, reporter := range report {
		play(ctx, t, reporter)
	}
}

// Containers go, volumes stay: after `down` and `up` the manager finds the same contracts, documents and notifications.
func TestDownAndUpEverythingIsAsItWas(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	report := stories(ctx, t, 2)
	upTo(ctx, t, scenario.Drafted, report[0])
	play(ctx, t, report[1])
	before := here.kept(ctx, t)
	if _, err := here.compose(ctx, "down"); err != nil {
		t.Fatal(err)
	}
	if err := here.start(ctx); err != nil {
		t.Fatal(err)
	}
	here.awaitRoutes(ctx, t)
	after := here.kept(ctx, t)
	if len(before) < 6 || !maps.Equal(before, after) {
		t.Errorf("before: %.3000v\nafter: %.3000v", before, after)
	}
	play(ctx, t, report[0])
}

// Every process is killed between *send* and the notification, the database's too. Docker starts each again, and the contract
// gets to its end.
func TestKilledContainersComeBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	report := stories(ctx, t, 1)[0]
	before := running(ctx, t)
	var pids []string
	for _, c := range before {
		pids = append(pids, fmt.Sprint(c.State.Pid))
	}
	upTo(ctx, t, scenario.Sent, report)
	aside(ctx, t, before["postgres"].Config.Image, "sh", "-c", "kill -9 "+strings.Join(pids, " "))
	began := time.Now()
	await(ctx, t, "every container again", func() bool {
		now, err := here.containers(ctx)
		return err == nil && !slices.ContainsFunc(slices.Collect(maps.Keys(before)), func(name string) bool {
			return !now[name].State.Running || now[name].RestartCount <= before[name].RestartCount
		})
	})
	measured.add("every process killed: all run again", "%.1f s", time.Since(began).Seconds())
	here.awaitRoutes(ctx, t)
	play(ctx, t, report)
}

// Told to stop, each container ends by itself, in time and well, with work under way.
func TestEveryContainerStopsByItself(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	report := stories(ctx, t, 3)
	upTo(ctx, t, scenario.Sent, report...)
	began := time.Now()
	if _, err := here.compose(ctx, "stop"); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	measured.add("everything stopped, three contracts on their way", "%.1f s", took.Seconds())
	all, err := here.containers(ctx)
	if err != nil || len(all) != 11 || took > grace {
		t.Errorf("%d containers stopped after %s: %v", len(all), took, err)
	}
	for name, c := range all {
		if c.State.Running || c.State.ExitCode != 0 {
			t.Errorf("%s ended with %d", name, c.State.ExitCode)
		}
	}
	if err := here.start(ctx); err != nil {
		t.Fatal(err)
	}
	here.awaitRoutes(ctx, t)
	for _, reporter := range report {
		play(ctx, t, reporter)
	}
}
