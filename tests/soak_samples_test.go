package tests

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/local/devstack"
)

// sample is what a stack takes at one moment, by its name.
type sample map[string]float64

// What a measure may be above what it was: a share of that, and as much as is nothing.
type bound struct{ share, more float64 }

// bounds are those of each kind of measure. What grows by the same every minute is 1.7 times as much in the last third of
// the time as in the second, so no bound lets that pass where it is more than a little.
var bounds = map[string]bound{
	"MB": {0.15, 6}, "threads": {0.15, 4}, "goroutines": {0.25, 10}, "files": {0.25, 8}, "connections": {0.15, 3},
	"rows": {0.3, 60}, "rows a contract": {0.05, 0.5}, "rows a recent contract": {0.4, 2},
}

// aged are the tables that are pruned by age, and the column that says it. Nothing becomes old within minutes, so the test
// makes what is older than a fifth of its time as old as what is forgotten.
var aged = map[string]string{"inbox": "at", "idempotency": "created_at", "dead_letters": "at", "sessions": "expires_at"}

// pruned are those and the others that do not grow with the contracts; grown is what does.
var (
	pruned = append(slices.Sorted(maps.Keys(aged)), "login_failures", "stray_requests", "rate_limits", "sweeps")
	grown  = []string{"history", "notifications", "files", "signers", "attempts", "links", "readers"}
)

// takeSamples looks every few seconds until ctx ends.
func takeSamples(ctx context.Context, t *testing.T, o *devstack.Stack) (all []sample) {
	c, err := pgx.Connect(ctx, o.Run.Database)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer c.Close(context.Background())
	began := map[string]int{}
	for {
		select {
		case <-ctx.Done():
			return all
		case <-time.After(*soakFor / 120):
		}
		now := sample{}
		for name, pid := range o.Processes() {
			if before, known := began[name]; known && before != pid {
				t.Errorf("%s ended and began again", name)
			}
			began[name] = pid
			now.process(name, pid, filepath.Join(o.Dir(), "log", name+".log"))
		}
		if err := now.record(ctx, c); err != nil && ctx.Err() == nil {
			t.Errorf("look at the record: %v", err)
		}
		all = append(all, now)
	}
}

var (
	threads = regexp.MustCompile(`Threads:\s+(\d+)`)
	// living is a goroutine of the scheduler's own account that is neither new (0) nor at its end (6).
	living = regexp.MustCompile(`G\d+: status=[1-5]`)
)

// process reads what one process takes.
func (s sample) process(name string, pid int, log string) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // of one that has ended there is nothing
	s[name+", MB"] = float64(resident(pid)) / 1024
	if m := threads.FindSubmatch(status); m != nil {
		s[name+", threads"], _ = strconv.ParseFloat(string(m[1]), 64)
	}
	if files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err == nil {
		s[name+", files"] = float64(len(files))
	}
	text, _ := os.ReadFile(log)
	accounts := strings.Split(string(text), "\nSCHED ")
	if len(accounts) > 2 { // the last one may be half written
		s[name+", goroutines"] = float64(len(living.FindAllString(accounts[len(accounts)-2], -1)))
	}
}

// record reads what the record takes, and lets time pass for what is forgotten one day.
func (s sample) record(ctx context.Context, c *pgx.Conn) error {
	for table, column := range aged {
		age := fmt.Sprintf(`UPDATE %s SET %[2]s = %[2]s - interval '1 year' WHERE %[2]s > now() - interval '1 day' AND %[2]s < now() - make_interval(secs => $1)`, table, column)
		young := (*soakFor / 5).Seconds()
		if table == "sessions" { // which say when they end
			age = `UPDATE sessions SET expires_at = now() - interval '1 year' WHERE expires_at > now() AND expires_at < (SELECT max(expires_at) FROM sessions) - make_interval(secs => $1)`
		}
		if _, err := c.Exec(ctx, age, young); err != nil {
			return err
		}
	}
	var connections, contracts, recent float64
	err := c.QueryRow(ctx, `SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()), count(*),
		count(*) FILTER (WHERE created_at > now() - make_interval(secs => $1)) FROM contracts`, (*soakFor/5).Seconds()).Scan(&connections, &contracts, &recent)
	s["persist, connections"] = connections - 1 // but this one
	for _, table := range slices.Concat(pruned, grown) {
		var rows float64
		if err == nil {
			err = c.QueryRow(ctx, `SELECT count(*) FROM `+table).Scan(&rows)
		}
		switch {
		case aged[table] != "": // there are as many as contracts were made in that time
			s[table+", rows a recent contract"] = rows / max(recent, 1)
		case slices.Contains(grown, table):
			s[table+", rows a contract"] = rows / max(contracts, 1)
		default:
			s[table+", rows"] = rows
		}
	}
	return err
}

// judge holds the last third of the time against the second: the first is for everything to become warm. It returns the
// table of the middles.
func judge(t *testing.T, all []sample) string {
	t.Helper()
	if len(all) < 30 {
		t.Fatalf("only %d samples", len(all))
	}
	var table strings.Builder
	table.WriteString("| what | second third | last third | at most |\n|---|--:|--:|--:|\n")
	names := map[string]float64{}
	for _, s := range all {
		maps.Copy(names, s)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, after := middle(all[len(all)/3:2*len(all)/3], name), middle(all[2*len(all)/3:], name)
		_, kind, _ := strings.Cut(name, ", ")
		allowed := bounds[kind]
		most := before*(1+allowed.share) + allowed.more
		fmt.Fprintf(&table, "| %s | %.4g | %.4g | %.4g |\n", name, before, after, most)
		if after > most {
			t.Errorf("%s grew from %.4g to %.4g", name, before, after)
		}
	}
	return table.String()
}

func middle(of []sample, name string) float64 {
	var values []float64
	for _, s := range of {
		if v, there := s[name]; there {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return 0
	}
	return median(values)
}
