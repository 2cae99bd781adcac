package persist

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/record"
)

// reading is the address of a role for reports on the schema of owner, which does not exist yet.
func reading(t testing.TB, owner databaseURL) databaseURL {
	t.Helper()
	u, err := url.Parse(string(owner))
	if err != nil {
		t.Fatal(err)
	}
	role := "reads_" + u.Query().Get("search_path")
	u.User = url.UserPassword(role, "an0ther $ecret")
	t.Cleanup(func() { superuser(t, "DROP OWNED BY "+role); superuser(t, "DROP ROLE "+role) })
	return databaseURL(u.String())
}

// reports opens a room and a connection of the role that only reads.
func reports(t *testing.T) (*room, *pgx.Conn) {
	t.Helper()
	r := newRoom(t)
	s := Settings{Migration: r.owner, Database: r.serving, Reading: reading(t, r.owner)}
	d := &database{settings: s, now: time.Now} // the room's database stands already; a setting that comes later counts
	pool, err := d.connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	pool.Close()
	c, err := pgx.Connect(context.Background(), string(s.Reading))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return r, c
}

func TestReportsSeeEveryContractWhoseverItIs(t *testing.T) {
	t.Parallel()
	r, c := reports(t)
	mine := r.sent()
	other, err := r.account(auth.Manager, "other@example.org").Create(context.Background(), draft(), record.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	for _, question := range []string{
		`SELECT id FROM contracts`, `SELECT contract FROM signers`, `SELECT contract FROM history`, `SELECT contract FROM readers`,
	} {
		rows, err := c.Query(context.Background(), question)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || !slices.Contains(seen, string(mine.ID)) || !slices.Contains(seen, string(other.ID)) {
			t.Errorf("%s: %v, %v", question, seen, err)
		}
	}
	var report string
	err = c.QueryRow(context.Background(), `SELECT string_agg(status || ' of ' || u.email, ', ' ORDER BY u.email)
		FROM contracts c JOIN users u ON u.id = c.owner`).Scan(&report)
	if want := "sent of Manager@Example.org, draft of other@example.org"; err != nil || report != want {
		t.Errorf("%q, %v, want %q", report, err, want)
	}
}

// opens lists, by table and column, what opens something or is the document itself. Any column of such a name is among
// it, in whatever table a later migration puts it.
const opens = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() AND (
	table_name IN ('sessions', 'links', 'idempotency', 'heard')
	OR column_name ~ '(password|secret|token|bytes|body|headers)' AND column_name <> 'token_sha256')`

func TestReportsSeeNothingThatOpensSomething(t *testing.T) {
	t.Parallel()
	r, c := reports(t)
	var secret []string
	r.query(&secret, `SELECT array_agg(x) FROM (`+opens+`) AS s (x)`)
	for _, known := range []string{"users.password_hash", "attempts.token", "sessions.digest", "links.digest", "idempotency.answer", "files.bytes"} {
		if !slices.Contains(secret, known) {
			t.Errorf("%s is not looked at", known)
		}
	}
	for _, name := range secret {
		table, column, _ := strings.Cut(name, ".")
		_, err := c.Exec(context.Background(), fmt.Sprintf("SELECT %s FROM %s", column, table))
		if !isCode(err, insufficientPrivilege, "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReportsChangeNothing(t *testing.T) {
	t.Parallel()
	r, c := reports(t)
	r.sent()
	var tables []string
	r.query(&tables, `SELECT array_agg(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`)
	for _, table := range tables {
		var may []string
		err := c.QueryRow(context.Background(), `SELECT coalesce(array_agg(p), '{}')
			FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p
			WHERE has_table_privilege($1, p) OR p IN ('INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege($1, p)`, table).Scan(&may)
		if err != nil || len(may) > 0 {
			t.Errorf("%s: %v, %v", table, may, err)
		}
	}
	for _, statement := range []string{
		`SELECT set_config('paraphe.role', 'function', false)`, // anybody may say so; it gives this role nothing
		`UPDATE contracts SET attention = 'mine'`, `DELETE FROM history`, `INSERT INTO words SELECT contract, seq, '\x00', 'x' FROM history`,
		`CREATE TABLE mine (x int)`, `ALTER TABLE contracts DISABLE ROW LEVEL SECURITY`, `DROP POLICY seen ON contracts`,
	} {
		_, err := c.Exec(context.Background(), statement)
		if change := !strings.HasPrefix(statement, "SELECT"); change && !isCode(err, insufficientPrivilege, "") || !change && err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestTheRoleForReportsIsTakenBackWhenItsSettingIs(t *testing.T) {
	t.Parallel()
	r, c := reports(t)
	r.sent()
	if err := migrate(context.Background(), Settings{Migration: r.owner, Database: r.serving}, time.Now); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"contracts", "users", "dead_letters"} {
		if _, err := c.Exec(context.Background(), `SELECT id FROM `+table); !isCode(err, insufficientPrivilege, "") {
			t.Errorf("%s: %v", table, err)
		}
	}
}

func TestTheRoleForReportsIsAnother(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for what, address := range map[string]databaseURL{"that serves": r.serving, "of the owner": r.owner} {
		err := migrate(context.Background(), Settings{Migration: r.owner, Database: r.serving, Reading: address}, time.Now)
		if err == nil || !strings.Contains(err.Error(), "READING_DATABASE_URL") || strings.Contains(err.Error(), "$ecret") {
			t.Errorf("the role %s: %v", what, err)
		}
	}
}

// TestWithoutTheOwnerReportsAreNoReasonNotToServe: nothing here could make the role.
func TestWithoutTheOwnerReportsAreNoReasonNotToServe(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	u, err := url.Parse(string(r.owner))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("nobody_at_all", "x")
	d := &database{settings: Settings{Database: r.serving, Reading: databaseURL(u.String())}, now: time.Now}
	pool, err := d.connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	pool.Close()
}
