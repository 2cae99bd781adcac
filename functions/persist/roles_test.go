package persist

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
)

// asRole runs a statement as a role and returns how many rows it gave or changed.
func asRole(t *testing.T, as dsn.URL, statement string) (int64, error) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), string(as))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	tag, err := c.Exec(t.Context(), statement)
	return tag.RowsAffected(), err
}

// tables are all that there are.
func (r *fixture) tables() (all []string) {
	r.t.Helper()
	r.query(&all, `SELECT array_agg(relname::text) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`)
	return all
}

// TestTheRoleForBackupsReadsEveryRowOfEveryTableAndChangesNone, nor what a later release adds.
func TestTheRoleForBackupsReadsEveryRowOfEveryTableAndChangesNone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.sent()
	s := r.settings()
	s.Backup = r.role("saves_")
	if err := next("").Migrate(t.Context(), s.database().Addresses, time.Now); err != nil {
		t.Fatal(err)
	}
	r.query(new(int), `WITH i AS (INSERT INTO novelties (word) VALUES ('x') RETURNING 1) SELECT count(*) FROM i`)
	for _, table := range r.tables() {
		var want int64
		r.query(&want, `SELECT count(*) FROM `+table)
		if n, err := asRole(t, s.Backup, `SELECT * FROM `+table); err != nil || n != want {
			t.Errorf("of %s %d of %d rows are read: %v", table, n, want, err)
		}
		if _, err := asRole(t, s.Backup, `DELETE FROM `+table); !sqlstate.Is(err, sqlstate.InsufficientPrivilege, "") {
			t.Errorf("from %s can be deleted: %v", table, err)
		}
	}
	if _, err := asRole(t, s.Backup, `SELECT last_value FROM novelties_id_seq`); err != nil {
		t.Errorf("a sequence cannot be read: %v", err)
	}
}

// TestTheRoleForReportsReadsNothingThatOpensSomething: every contract is seen, and no hash, link, session or document.
func TestTheRoleForReportsReadsNothingThatOpensSomething(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.sent()
	s := r.settings()
	s.Reading = r.role("reads_")
	if err := schema.Current().Migrate(t.Context(), s.database().Addresses, time.Now); err != nil {
		t.Fatal(err)
	}
	pgtest.Superuser(t, `SET search_path = `+r.schema()+`; INSERT INTO notifications SELECT id, 'invitation', 1, 's1', 'taken', now() FROM contracts;
		INSERT INTO free_texts SELECT id, 1, decode(repeat('00', 16), 'hex'), 'x' FROM contracts;
		INSERT INTO dead_letters SELECT 'x', now(), 'x', 'x', id, 'x', 'x', 'x', '{}', '' FROM contracts; INSERT INTO sweeps VALUES ('x', 1, '', now(), now())`)
	for seen, columns := range map[string]string{"contracts": "*", "history": "*", "signers": "*", "notifications": "*", "readers": "*", "free_texts": "*", "sweeps": "*",
		"inbox": "id", "dead_letters": "id"} {
		var want int64
		r.query(&want, `SELECT count(*) FROM `+seen)
		if n, err := asRole(t, s.Reading, `SELECT `+columns+` FROM `+seen); err != nil || n != want || n == 0 {
			t.Errorf("of %s %d of %d rows are read: %v", seen, n, want, err)
		}
	}
	for _, hidden := range []string{"SELECT * FROM sessions", "SELECT * FROM links", "SELECT * FROM idempotency", "SELECT * FROM inbox",
		"SELECT password_hash FROM users", "SELECT token FROM attempts", "SELECT bytes FROM files", "SELECT body FROM dead_letters",
		"SELECT act_as('administrator', 'x', '', 0)", "DELETE FROM contracts"} {
		if _, err := asRole(t, s.Reading, hidden); !sqlstate.Is(err, sqlstate.InsufficientPrivilege, "") {
			t.Errorf("%s: %v", hidden, err)
		}
	}
}

// TestARoleThatIsNamedNoMoreReadsNoMore, and one that is named instead reads all.
func TestARoleThatIsNamedNoMoreReadsNoMore(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.sent()
	former, latter := r.settings(), r.settings()
	former.Backup, former.Reading = r.role("saves_"), r.role("reads_")
	latter.Backup = r.role("saves_anew_")
	for _, s := range []Settings{former, latter} {
		if err := schema.Current().Migrate(t.Context(), s.database().Addresses, time.Now); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []dsn.URL{former.Backup, former.Reading} {
		if n, err := asRole(t, who, `SELECT * FROM contracts`); !sqlstate.Is(err, sqlstate.InsufficientPrivilege, "") {
			t.Errorf("it reads %d contracts: %v", n, err)
		}
	}
	if n, err := asRole(t, latter.Backup, `SELECT * FROM contracts`); err != nil || n != 1 {
		t.Errorf("the new one reads %d contracts: %v", n, err)
	}
	if strings.Contains(r.rights(), "reads_") {
		t.Error("a policy names the former role for reports")
	}
}

func TestRolesAreDifferentOnes(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for want, change := range map[string]func(*Settings){
		"READING_DATABASE_URL and DATABASE_URL must":           func(s *Settings) { s.Reading = s.Database },
		"BACKUP_DATABASE_URL and DATABASE_URL must":            func(s *Settings) { s.Backup = s.Database },
		"READING_DATABASE_URL and BACKUP_DATABASE_URL must":    func(s *Settings) { s.Reading = r.role("both_"); s.Backup = s.Reading },
		"BACKUP_DATABASE_URL and MIGRATION_DATABASE_URL must":  func(s *Settings) { s.Backup = s.Migration },
		"READING_DATABASE_URL and MIGRATION_DATABASE_URL must": func(s *Settings) { s.Reading = s.Migration },
	} {
		s := r.settings()
		change(&s)
		if err := schema.Current().Migrate(t.Context(), s.database().Addresses, time.Now); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "$ecret") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
