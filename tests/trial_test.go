package tests

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// moment is where a fault comes upon a contract, up to where its scenario goes during the fault, and how it is to end.
type moment struct {
	before, during string
	ends           scenario.Ending
}

var moments = []moment{
	{scenario.PageOpen, scenario.Signed, scenario.BySigning},
	{scenario.PageOpen, scenario.TurnedDown, scenario.ByDeclining},
	{scenario.PageOpen, scenario.CalledOff, scenario.ByCancelling},
	{scenario.Drafted, scenario.CalledOff, scenario.ByCancellingEarly},
	{scenario.Drafted, scenario.Sent, scenario.BySigning},
}

// trial is one fault, the contracts that it comes upon, and what becomes of them.
type trial struct {
	mishap
	stack   *devstack.Stack
	moments []moment
	tellers []*scenario.Run
	later   *scenario.Run // whose contract is sent after the fault, if there is one: see newer
	hurried bool          // people try again whatever did not go on, instead of waiting until it is due
	met     int
	over    time.Time // when the fault was

	mu             sync.Mutex
	ended, doubled int
	pressed        int // how often a person had to say that it is to be tried again
	slowest        time.Duration
}

// prepare brings a contract for each moment to where the fault is to come upon it. n tells the customers of several trials
// in one stack apart.
func prepare(ctx context.Context, t *testing.T, o *faulty, m mishap, n int, at ...moment) *trial {
	t.Helper()
	tried := &trial{mishap: m, stack: o.Stack, moments: slices.Clone(at)}
	for i, moment := range at {
		fact := o.manager.Next(reporter(o.Stack, n*len(at)+i).Signer)
		fact.Ends = moment.ends
		tried.tellers = append(tried.tellers, fact)
	}
	tried.each(t, func(i int) error { return tried.tellers[i].UpTo(ctx, at[i].before) })
	return tried
}

func (r *trial) each(t *testing.T, do func(i int) error) {
	t.Helper()
	var doing sync.WaitGroup
	for i, m := range r.moments {
		doing.Go(func() {
			if err := do(i); err != nil {
				t.Errorf("%s, met when %q, until %q: %v", r.name, m.before, m.during, err)
			}
		})
	}
	doing.Wait()
}

// strike lets the scenarios go on during the fault, until somebody has met it and it has lasted this long.
func (r *trial) strike(ctx context.Context, t *testing.T, least time.Duration) {
	t.Helper()
	lasts := time.NewTimer(least)
	if err := r.begin(r.stack); err != nil {
		t.Fatal(err)
	}
	r.each(t, func(i int) error { return r.tellers[i].UpTo(ctx, r.moments[i].during) })
	eventually(t, r.name+" is met", func() bool { r.met = r.mishap.met(r.stack); return r.met >= r.least })
	<-lasts.C
	if r.met = r.mishap.met(r.stack); r.end != nil {
		r.end()
	}
	calm(t, r.stack)
	r.over = time.Now()
	if r.later != nil {
		r.moments, r.tellers = append(r.moments, moment{before: scenario.Drafted, during: "it is over"}), append(r.tellers, r.later)
	}
}

// goOn plays the scenarios up to this step, whatever was in their way.
func (r *trial) goOn(ctx context.Context, t *testing.T, step string) {
	t.Helper()
	r.each(t, func(i int) error {
		defer attend(ctx, r.tellers[i], r.hurried, r.matters()...)()
		return r.tellers[i].UpTo(ctx, step)
	})
}

// together does something with all trials at once.
func together(all []*trial, do func(*trial)) {
	var doing sync.WaitGroup
	for _, tried := range all {
		doing.Go(func() { do(tried) })
	}
	doing.Wait()
}

// finish plays the scenarios to their ends after the fault.
func (r *trial) finish(ctx context.Context, t *testing.T) {
	t.Helper()
	r.each(t, func(i int) error {
		fact := r.tellers[i]
		stop := attend(ctx, fact, r.hurried, r.matters()...)
		_, err := fact.Play(ctx)
		pressed := stop()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.pressed += pressed
		if r.slowest = max(r.slowest, time.Since(r.over)); err == nil {
			r.ended++
		}
		return err
	})
}

// attend has somebody look at the contract every two seconds until they are told to stop, and try again what only a person may,
// because of these causes: whatever else is in the way is over by itself. Of how often, stop tells. Who hurries tries again
// whatever did not go on.
func attend(ctx context.Context, fact *scenario.Run, hurried bool, causes ...string) (stop func() (pressed int)) {
	ctx, cancel := context.WithCancel(ctx)
	var attending sync.WaitGroup
	pressed := 0
	attending.Go(func() {
		every := time.NewTicker(2 * time.Second)
		defer every.Stop()
		for look := 1; ; look++ {
			select {
			case <-every.C:
			case <-ctx.Done():
				return
			}
			c, err := fact.Current(ctx)
			if err != nil {
				continue
			}
			for _, trouble := range c.Troubles {
				if slices.Contains(causes, trouble.Cause) && fact.Do(ctx, "retry") == nil {
					pressed++
				}
			}
			if hurried && (len(c.Troubles) > 0 || look%3 == 0) {
				_ = fact.Do(ctx, "retry") // there may be nothing to try
			}
		}
	})
	return func() int { cancel(); attending.Wait(); return pressed }
}

// report writes the line of the table, once everything is at rest.
func (r *trial) report(ctx context.Context, t *testing.T) {
	t.Helper()
	r.each(t, func(i int) error {
		more, err := copies(ctx, r.tellers[i])
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.doubled += more; err == nil && more > 0 {
			err = fmt.Errorf("%d notifications too many", more)
		}
		return err
	})
	line := fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %s |\n", r.name, r.met, len(r.moments), r.ended, len(r.moments)-r.ended, r.doubled, r.pressed, r.slowest.Round(time.Second))
	t.Log(strings.TrimSpace(line))
	if *faultsTable == "" {
		return
	}
	file, err := os.OpenFile(*faultsTable, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fmt.Fprint(file, line)
}

// inOrder waits until nothing is under way, and holds what there is against the invariants.
func inOrder(ctx context.Context, t *testing.T, o *devstack.Stack) {
	t.Helper()
	noneOpen(ctx, t, o)
	audited(t, o)
}

// noneOpen waits until nobody can sign anything any more. A draft that nobody knows of may be left: the sweep finds it.
func noneOpen(ctx context.Context, t *testing.T, o *devstack.Stack) {
	t.Helper()
	quiet(ctx, t, o)
	eventually(t, "no request is open at the service", func() bool {
		return !slices.ContainsFunc(requests(t, o), func(r fakeyousign.Held) bool { return r.Status == "ongoing" })
	})
}

// atRest waits until nothing is to be looked at again: of notifications that nobody waits for it is known, too, what became of
// them.
func atRest(ctx context.Context, t *testing.T, o *devstack.Stack) {
	t.Helper()
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for left := "?"; left != ""; {
		select {
		case <-look.C:
			left = waiting(ctx, t, o)
		case <-ctx.Done():
			t.Fatalf("these are not at rest: %s", left)
		}
	}
}

// waiting are the contracts that will be looked at again, with what is in their way.
func waiting(ctx context.Context, t *testing.T, o *devstack.Stack) (left string) {
	t.Helper()
	c, err := pgx.Connect(context.WithoutCancel(ctx), o.Run.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	err = c.QueryRow(context.WithoutCancel(ctx), `SELECT coalesce(string_agg(format('%s %s due %s, not sent: %s', status, causes, due_at,
		(SELECT string_agg(l::text, ' ') FROM jsonb_array_elements(snapshot->'notifications') l WHERE NOT l ? 'sent_at')), E'\n'), '')
		FROM contracts WHERE due_at IS NOT NULL`).Scan(&left)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// copies counts the notifications that somebody has more than once.
func copies(ctx context.Context, fact *scenario.Run) (more int, err error) {
	c, err := fact.Current(ctx)
	if err != nil {
		return 0, err
	}
	had := map[string]int{}
	for _, address := range []string{fact.Manager.Email, fact.Signer.Email} {
		mails, err := scenario.Mails(ctx, fact.Addresses.Mailbox, address)
		if err != nil {
			return 0, err
		}
		for _, m := range mails {
			if m.CustomArgs["contract"] == c.ID {
				had[m.CustomArgs["kind"]+"/"+m.CustomArgs["sequence"]+"/"+address]++
			}
		}
	}
	for _, n := range had {
		more += n - 1
	}
	return more, nil
}
