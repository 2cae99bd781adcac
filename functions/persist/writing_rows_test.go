package persist

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
)

// site is a database with rows of everybody's, as its owner and as the role that serves see it.
type site struct {
	t              *testing.T
	owner, serving *pgx.Conn
	tables         []string
	changeable     map[string]string // each table's columns that the role that serves may change at all, each set to what it is
}

func newSite(t *testing.T) *site {
	t.Helper()
	owner, serving := pgtest.Schema(t)
	if err := schema.Current().Migrate(t.Context(), dsn.Addresses{Owner: owner, Serving: serving}, time.Now); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, owner: connectedTo(t, owner), serving: connectedTo(t, serving)}
	script := strings.Builder{}
	for _, account := range []string{"manager", "administrator", "other", "customer"} {
		script.WriteString(filled(accountRows, access.Caller{}, of(account, "")))
	}
	for _, account := range []string{"manager", "administrator", "other"} {
		script.WriteString(filled(contractRows, access.Caller{}, of(account, "")))
	}
	script.WriteString(`INSERT INTO readers VALUES ('manager', repeat('a', 26)), ('customer', repeat('m', 26))`)
	if _, err := s.owner.Exec(t.Context(), script.String()); err != nil {
		t.Fatal(err)
	}
	err := s.owner.QueryRow(t.Context(), `SELECT array_agg(relname::text ORDER BY relname), jsonb_object_agg(relname, coalesce(
			(SELECT string_agg(format('%1$I = %1$I', a.attname), ', ') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
				AND NOT a.attisdropped AND has_column_privilege($1, c.oid, a.attnum, 'UPDATE')),
			(SELECT format('%1$I = %1$I', a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = 1)))
		FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace`, s.serving.Config().User).Scan(&s.tables, &s.changeable)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func connectedTo(t *testing.T, address dsn.URL) *pgx.Conn {
	t.Helper()
	config, err := address.Pool()
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec // no statement comes twice
	c, err := pgx.ConnectConfig(t.Context(), config.ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// filled puts a place and who asks into a statement.
func filled(statement string, as access.Caller, at place) string {
	return strings.NewReplacer("{account}", at.account, "{contract}", at.contract, "{making}", at.making,
		"{me}", as.Subject+as.Function, "{actor}", cmp.Or(map[bool]string{true: access.Itself.Actor()}[as.Role == "function"], as.Actor()), "{digest}", strings.Repeat("e", 64)).Replace(statement)
}

// statement makes, changes or removes one row at a place; "" if there is no such place.
func (s *site) statement(table, verb string, as access.Caller, at place) string {
	row := rowsOf[table]
	text := map[string]string{
		"INSERT": "INSERT INTO " + table + " " + row.further,
		"UPDATE": "UPDATE " + table + " SET " + cmp.Or(row.change, s.changeable[table]) + " WHERE " + row.which,
		"DELETE": "DELETE FROM " + table + " WHERE " + row.which,
	}[verb]
	if at.contract == "" && (strings.Contains(text, "{contract}") || strings.Contains(text, "{making}")) {
		return ""
	}
	return filled(text, as, at)
}

const (
	accountRows = `INSERT INTO users (id, email, email_verified_at, name, role, locale, created_at)
			VALUES ('{account}', '{account}@example.org', now(), 'x', replace('{account}', 'other', 'manager'), 'fr', now());
		INSERT INTO sessions (digest, user_id, family, expires_at) VALUES (encode(sha256('{account}'), 'hex'), '{account}', 'f', now());
		INSERT INTO identities VALUES ('https://id.example', '{account}', '{account}', now());
		INSERT INTO idempotency VALUES ('{account}', 'k', 'd', '{}', now());
		INSERT INTO inbox VALUES ('send-mail', '{account}', '[]', now());
		INSERT INTO rate_limits VALUES ('{account}', now(), now());
		INSERT INTO login_failures VALUES ('{account}', 1, now(), now());
		INSERT INTO sweeps VALUES ('{account}', 1, '', now(), now(), now());`

	// contractRows are a contract with all that can hang on one, and one whose history has not begun.
	contractRows = `INSERT INTO contracts (id, owner, status, version, title, template, language, data, snapshot, deadline, head, history_seq, created_at, updated_at)
			SELECT id, '{account}', 'draft', 1, 'x', 'x/1', 'fr', '{}', jsonb_build_object('id', id, 'owner', '{account}', 'status', 'draft', 'version', 1),
				now(), '{digest}', 1, now(), now() FROM unnest(ARRAY['{contract}', '{making}']) id;
		INSERT INTO readers VALUES ('{account}', '{contract}'), ('{account}', '{making}');
		INSERT INTO signers VALUES ('{contract}', 's1', 1, 'x', 'x', 's1@example.org', '+331', 'fr');
		INSERT INTO attempts VALUES ('{contract}', 1, 'x', '{digest}');
		INSERT INTO notifications VALUES ('{contract}', 'invitation', 1, 's1', 'taken', now());
		INSERT INTO links VALUES (encode(sha256('{account}'), 'hex'), '{contract}', 's1', now());
		INSERT INTO files VALUES ('{contract}', '{digest}', 1, 'x', now());
		INSERT INTO history VALUES ('{contract}', 1, now(), 'person:{account}', 'contract.drafted', '{}', '{digest}', '{digest}');
		INSERT INTO free_texts VALUES ('{contract}', 1, decode(repeat('00', 16), 'hex'), 'x');
		INSERT INTO corrections VALUES ('{contract}', 1, 's1', decode(repeat('00', 16), 'hex'), 'a@b.example', 'c@d.example');
		INSERT INTO dead_letters VALUES ('{account}', now(), 'x', 'x', '{contract}', 'x', 'x', 'x', '{}', 'x');
		INSERT INTO stray_requests VALUES ('{contract}', '{account}', 'x', '{contract}', 1, true, 'ongoing', now(), now(), now());`
)

// rowsOf says how a row of each table is written, so that nothing but who writes it can be wrong with it.
var rowsOf = map[string]struct {
	further string // what is inserted: one more row of the place
	which   string // the row of the place
	change  string // what is set, where it cannot stay as it is
}{
	"users": {further: `(id, email, name, role, locale, password_hash, disabled, created_at) VALUES ('new', 'new@example.org', 'x', 'customer', 'fr', NULL, false, now())`,
		which: `id = '{account}'`},
	"sessions":   {further: `(digest, user_id, family, expires_at) VALUES ('{digest}', '{account}', 'g', now())`, which: `user_id = '{account}'`},
	"identities": {further: `VALUES ('https://other.example', '{account}', '{account}', now())`, which: `user_id = '{account}'`},
	"contracts": {further: `(id, owner, status, version, title, template, language, data, snapshot, deadline, head, history_seq, created_at, updated_at)
		SELECT id, '{account}', 'draft', 1, 'x', 'x/1', 'fr', '{}', jsonb_build_object('id', id, 'owner', '{account}', 'status', 'draft', 'version', 1),
			now(), '{digest}', 1, now(), now() FROM (SELECT repeat('3', 26)) AS new (id)`, which: `id = '{contract}'`},
	"readers":       {further: `VALUES ('customer', '{making}')`, which: `user_id = '{account}' AND contract = '{contract}'`},
	"signers":       {further: `VALUES ('{making}', 's9', 9, 'x', 'x', 's9@example.org', '+339', 'fr')`, which: `contract = '{contract}'`},
	"attempts":      {further: `(contract, number, token, token_sha256) VALUES ('{contract}', 2, 'x', '{digest}')`, which: `contract = '{contract}'`},
	"notifications": {further: `VALUES ('{contract}', 'invitation', 2, 's1', 'taken', now())`, which: `contract = '{contract}'`},
	"links":         {further: `VALUES ('{digest}', '{contract}', 's1', now())`, which: `contract = '{contract}'`},
	"files":         {further: `VALUES ('{contract}', repeat('0', 64), 1, 'x', now())`, which: `contract = '{contract}'`},
	"history":       {further: `VALUES ('{contract}', 2, now(), '{actor}', 'action.retry', '{}', '{digest}', repeat('0', 64))`, which: `contract = '{contract}'`},
	"free_texts":    {further: `VALUES ('{contract}', 2, decode(repeat('00', 16), 'hex'), 'x')`, which: `contract = '{contract}'`},
	"corrections":   {further: `VALUES ('{contract}', 2, 's1', decode(repeat('00', 16), 'hex'), 'a@b.example', 'c@d.example')`, which: `contract = '{contract}'`},
	"inbox":         {further: `VALUES ('orchestrate', '{account}', '[]', now())`, which: `id = '{account}'`},
	"idempotency":   {further: `VALUES ('{account}', 'new', 'd', '{}', now())`, which: `person = '{account}'`},
	"dead_letters": {further: `(id, at, type, source, contract, destination, code, cause, headers, body) VALUES ('new', now(), 'x', 'x', '{contract}', 'x', 'x', 'x', '{}', 'x')`,
		which: `id = '{account}' AND contract = '{contract}'`, change: `replayed_at = now()`},
	"rate_limits":    {further: `VALUES ('new', now(), now())`, which: `service = '{account}'`},
	"login_failures": {further: `VALUES ('new', 1, now(), now())`, which: `key = '{account}'`},
	"sweeps":         {further: `VALUES ('new', 1, 'x', now(), now(), now())`, which: `service = '{account}'`},
	"stray_requests": {further: `(id, request, external_id, contract, attempt, on_record, state, created_at, found_at, seen_at)
		VALUES (repeat('4', 26), 'new', 'x', '{contract}', 1, true, 'ongoing', now(), now(), now())`, which: `id = '{contract}'`, change: `settled_at = now(), settled_by = '{me}'`},
	"migrations": {further: `VALUES (9999, 'x', 'x', now())`, which: `number = 1`},
}
