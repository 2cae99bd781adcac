package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/audit/check"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// strict are the bounds where everything is at rest: nothing may be behind.
var strict = check.Bounds{Late: 2 * time.Minute, LateLook: time.Hour, Retry: 5 * time.Minute, Grace: time.Millisecond, Sweep: time.Hour}

// outside is what the stack's stand-ins are asked by, as the audit asks the real services.
func outside(o *devstack.Stack) check.Sources {
	return check.Sources{
		Database: o.Run.Database, Service: check.Yousign(o.Run.Yousign+"/v3", o.Run.SignatureKey, http.DefaultClient, time.Now, nil),
		Mail: check.SendGrid{Address: o.Run.Mailbox, Key: o.Run.MailKey, HTTP: http.DefaultClient},
	}
}

// audited holds everything that the stack has against the invariants. It is asked once nothing is under way any more.
func audited(t *testing.T, o *devstack.Stack) check.Report {
	t.Helper()
	r, err := check.Run(t.Context(), outside(o), strict)
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	for _, f := range r.Findings {
		t.Errorf("audit: %s", f)
	}
	return r
}

// breaches are what somebody may do to a record behind Paraphe's back, and the rules that find it. Each is done to a copy of
// a record with one contract that is completed and one that waits.
var breaches = map[string]struct{ statement, rules string }{
	"an entry changed":          {`UPDATE history SET actor = 'person:x' WHERE seq = 3`, "chain"},
	"an entry removed":          {`DELETE FROM history h WHERE what = 'mail.sent' AND contract = (SELECT id FROM contracts WHERE status = 'completed')`, "chain notifications status"},
	"another status":            {`UPDATE contracts SET status = 'declined', snapshot = jsonb_set(snapshot, '{status}', '"declined"') WHERE status = 'completed'`, "status"},
	"a file removed":            {`DELETE FROM files WHERE sha256 IN (SELECT snapshot->'proof'->>'sha256' FROM contracts)`, "documents"},
	"the bytes of a file":       {`UPDATE files SET bytes = set_byte(bytes, 9, 0)`, "documents"},
	"a signer removed":          {`DELETE FROM links; DELETE FROM signers`, "people"},
	"a notification forgotten":  {`DELETE FROM notifications WHERE kind = 'invitation'`, "notifications"},
	"an attempt taken for open": {`UPDATE attempts SET state = 'open'`, "attempts"},
	"no due time":               {`UPDATE contracts SET due_at = NULL`, "attempts due"},
	"a due time in the past":    {`UPDATE contracts SET due_at = now() - interval '1 day' WHERE due_at IS NOT NULL`, "late"},
	"a due time in a week":      {`UPDATE contracts SET due_at = now() + interval '7 days' WHERE due_at IS NOT NULL`, "ahead"},
	"what was heard":            {`TRUNCATE inbox`, "unsaid"},
	"a cause that is none":      {`UPDATE contracts SET causes = '{signature.tls}'`, "causes"},
	"a reader more":             {`INSERT INTO readers SELECT u.id, c.id FROM users u, contracts c ON CONFLICT DO NOTHING`, "readers"},
	"a reader fewer":            {`DELETE FROM readers`, "readers"},
	"no sweep after a restore":  {`INSERT INTO sweeps VALUES ('signature', 0, '', to_timestamp(0), now(), now()) ON CONFLICT (service) DO UPDATE SET begun_at = to_timestamp(0)`, "sweep"},
}

func TestTheAuditFindsWhatIsDoneToARecord(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var database string
	reports := ""
	o := open(t, func(o *devstack.Options) {
		database = o.Database
		reports = addressOf(t, o.Database, url.UserPassword("reports_"+o.Database, "reads only"))
		o.Settings = map[string]string{"READING_DATABASE_URL": reports}
	})
	fact := reporter(o, 0)
	if _, err := fact.Play(ctx); err != nil {
		t.Fatal(err)
	}
	if err := fact.Next(reporter(o, 1).Signer).UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	quiet(ctx, t, o)
	if r := audited(t, o); r.Contracts != 2 || r.Requests != 2 || r.Notifications != 4 {
		t.Errorf("it looked at %+v", r)
	}
	assertCommand(t, o, reports)
	if err := o.Stop(); err != nil {
		t.Fatal(err)
	}
	for name, breach := range breaches {
		t.Run(name, func(t *testing.T) {
			copied := copyOf(t, database)
			execute(t, copied, breach.statement)
			if got := rulesFound(t, copied); got != breach.rules {
				t.Errorf("found by %q, want %q", got, breach.rules)
			}
		})
	}
}

// quiet waits until nothing is under way.
func quiet(ctx context.Context, t *testing.T, o *devstack.Stack) {
	t.Helper()
	if err := scenario.Await(ctx, func() bool { return o.Broker().Pending() == 0 }); err != nil {
		t.Fatalf("%d events were never delivered", o.Broker().Pending())
	}
}

func rulesFound(t *testing.T, address string) string {
	t.Helper()
	r, err := check.Run(t.Context(), check.Sources{Database: address}, check.Usual)
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, f := range r.Findings {
		rules[f.Rule] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(rules)), " ")
}

// addressOf is a database of the tests' server, as this user or else as superuser.
func addressOf(t *testing.T, database string, user *url.Userinfo) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	if u.Path = "/" + database; user != nil {
		u.User = user
	}
	return u.String()
}

func execute(t *testing.T, address, statement string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), statement, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// query reads one value out of the record.
func query(ctx context.Context, t *testing.T, o *devstack.Stack, into any, statement string) {
	t.Helper()
	c, err := pgx.Connect(ctx, o.Run.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	if err := c.QueryRow(ctx, statement).Scan(into); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// copyOf copies a database that nobody is connected to.
func copyOf(t *testing.T, database string) string {
	t.Helper()
	name := fmt.Sprintf("%s_%d", database, stacks.Add(1))
	execute(t, server, "CREATE DATABASE "+name+" TEMPLATE "+database)
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), server)
		if err == nil {
			_, err = c.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
			_ = c.Close(context.Background())
		}
		if err != nil {
			t.Errorf("drop a copy: %v", err)
		}
	})
	return addressOf(t, name, nil)
}

// assertCommand runs the program as operators do: with run.json, and with nothing but the role that reads.
func assertCommand(t *testing.T, o *devstack.Stack, reports string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "audit")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../knative/audit").CombinedOutput(); err != nil { // our own arguments
		t.Fatalf("build the audit: %v: %s", err, out)
	}
	out, status := command(t, program, []string{"-dir", o.Dir()})
	if status != 0 || !strings.Contains(out, "2 contracts") || !strings.Contains(out, "2 requests") || !strings.Contains(out, "nothing is wrong") {
		t.Errorf("by run.json: %d %s", status, out)
	}
	out, status = command(t, program, []string{"-json"}, "READING_DATABASE_URL="+reports)
	var r check.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != 0 || r.Contracts != 2 || r.Requests != 0 {
		t.Errorf("as the role that reads: %d %s", status, out)
	}
	execute(t, o.Run.Database, `UPDATE contracts SET causes = '{signature.tls}' WHERE status = 'completed'`)
	if out, status = command(t, program, nil, "READING_DATABASE_URL="+reports); status != 1 || !strings.Contains(out, "causes: it is listed for signature.tls") {
		t.Errorf("with something wrong: %d %s", status, out)
	}
	execute(t, o.Run.Database, `UPDATE contracts SET causes = '{}'`)
	for _, address := range []string{"postgres://reports:s3cret@127.0.0.1:1/none", "nonsense s3cret"} {
		if out, status = command(t, program, nil, "READING_DATABASE_URL="+address); status != 2 || strings.Contains(out, "s3cret") || strings.Count(out, "\n") != 1 {
			t.Errorf("a record that is not there: %d %s", status, out)
		}
	}
	if out, status = command(t, program, []string{"-dir", t.TempDir()}); status != 2 || !strings.Contains(out, "READING_DATABASE_URL") {
		t.Errorf("nowhere to look: %d %s", status, out)
	}
}

func command(t *testing.T, program string, args []string, env ...string) (out string, status int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	text, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), c.ProcessState.ExitCode()
}

// TestTheAuditFindsRequestsThatNoAttemptKnows: as after a restore, when the world is ahead of the record.
func TestTheAuditFindsWhatTheWorldHasAheadOfTheRecord(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	o := open(t, nil)
	if err := reporter(o, 0).UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	quiet(ctx, t, o)
	execute(t, o.Run.Database, `DELETE FROM attempts; UPDATE contracts SET snapshot = snapshot #- '{notifications,0,sent_at}'`)
	r, err := check.Run(ctx, outside(o), strict)
	if err != nil {
		t.Fatal(err)
	}
	rules := fmt.Sprint(r.Findings)
	for _, want := range []string{"stray: the request", "mail: the mail service took the notification invitation/1/"} {
		if !strings.Contains(rules, want) {
			t.Errorf("%q is not found: %s", want, rules)
		}
	}
	if strings.Contains(rules, "@") || strings.Contains(rules, "Zoë") {
		t.Errorf("something personal is told: %s", rules)
	}
}
