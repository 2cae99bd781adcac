package check

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// page is how many contracts are read at one moment. Each page is a short transaction of its own: no contract needs
// another to be judged, and a long one would keep the database from clearing up.
const page = 200

// database is a record that is only read.
type database struct {
	conn  *pgx.Conn
	bytes bool // whether the documents themselves may be read
}

// openDatabase connects. Its error never shows the address, which may hold a password.
func openDatabase(ctx context.Context, address string) (*database, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("READING_DATABASE_URL must be a URL, for example postgres://reports:password@host:5432/paraphe")
	}
	config.RuntimeParams["application_name"] = "paraphe-audit"
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // no prepared statements, which a pooler might mix up
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %s", plain(err))
	}
	db := &database{conn: conn}
	err = conn.QueryRow(ctx, `SELECT has_column_privilege('files', 'bytes', 'SELECT')`).Scan(&db.bytes)
	if err != nil {
		return nil, errors.Join(unreadable(err), conn.Close(ctx))
	}
	return db, nil
}

func (db *database) close(ctx context.Context) { _ = db.conn.Close(context.WithoutCancel(ctx)) }

// plain is an error of a connection in words without user, host and database.
func plain(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Message
	}
	return "nobody answers there"
}

// unreadable says what to do about a record that cannot be read.
func unreadable(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return fmt.Errorf("read the database: %w", err)
	}
	switch refused.Code {
	case "42501": // insufficient_privilege
		return fmt.Errorf("the role may not read the tables (%s): READING_DATABASE_URL must name the role that persist grants reading to, for example postgres://reports:password@host:5432/paraphe", refused.Message)
	case "42P01", "42703": // undefined_table, undefined_column
		return fmt.Errorf("the schema is not of this version (%s): run the audit of the version that runs", refused.Message)
	}
	return fmt.Errorf("read the database: %s", refused.Message)
}

// seeAll makes row-level security show every row where the role has no policy of its own for it.
const seeAll = `SELECT set_config('paraphe.role', 'function', true)`

// within runs work in one read-only transaction that sees one moment.
func (db *database) within(ctx context.Context, work func(pgx.Tx) error) error {
	tx, err := db.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return unreadable(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, seeAll); err != nil {
		return unreadable(err)
	}
	if err := work(tx); err != nil {
		return unreadable(err)
	}
	return nil
}

// dossiers yields every contract, one after the other. An error is the last thing that it yields.
func (db *database) dossiers(ctx context.Context) iter.Seq2[dossier, error] {
	return func(yield func(dossier, error) bool) {
		for after := ""; ; {
			var read []*dossier
			err := db.within(ctx, func(tx pgx.Tx) (err error) {
				read, err = readPage(ctx, tx, after, db.bytes)
				return err
			})
			if err != nil {
				yield(dossier{}, err)
				return
			}
			for _, d := range read {
				if !yield(*d, nil) {
					return
				}
			}
			if len(read) < page {
				return
			}
			after = string(read[len(read)-1].contract.ID)
		}
	}
}

const readSweeps = `SELECT extract(epoch FROM now() - begun_at)::float8, number, ended_at IS NOT NULL, begun_at <= 'epoch' FROM sweeps`

// sweeps sees that persist has every request at the signature service held against the record from time to time.
func (db *database) sweeps(ctx context.Context, b Bounds) (found []Finding, err error) {
	err = db.within(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, readSweeps)
		if err != nil {
			return err
		}
		var age float64
		var number int
		var ended, restored bool
		_, err = pgx.ForEachRow(rows, []any{&age, &number, &ended, &restored}, func() error {
			what := "no sweep of the signature service has begun since the record was restored"
			ago := time.Duration(age) * time.Second
			if !restored {
				what = fmt.Sprintf("sweep %d of the signature service began %s ago (at its end: %t), and none after it", number, ago, ended)
			}
			if ago > b.Sweep {
				found = append(found, Finding{Rule: "sweep", What: what, Do: "See that the clock ticks, and what orchestrate's log says of the sweep"})
			}
			return nil
		})
		return err
	})
	return found, err
}

const readStrays = `SELECT id, request, contract, state FROM stray_requests WHERE settled_at IS NULL ORDER BY found_at`

// strays are the requests that a sweep has found and nobody has settled.
func (db *database) strays(s *requests) func(context.Context, Bounds) ([]Finding, error) {
	return func(ctx context.Context, _ Bounds) (found []Finding, err error) {
		err = db.within(ctx, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, readStrays)
			if err != nil {
				return err
			}
			var id, request, state string
			f := Finding{Rule: "stray"}
			_, err = pgx.ForEachRow(rows, []any{&id, &request, &f.Contract, &state}, func() error {
				s.found[request] = true
				f.What = fmt.Sprintf("the request %s is %s at the service, and the record does not account for it", request, state)
				f.Do = fmt.Sprintf("See what it is and withdraw it, as an administrator: POST /v1/stray-requests/%s/withdraw", id)
				found = append(found, f)
				return nil
			})
			return err
		})
		return found, err
	}
}

const readReaders = `WITH should AS (
		SELECT id AS contract, owner AS user_id FROM contracts
		UNION SELECT s.contract, u.id FROM signers s JOIN users u ON lower(u.email) = lower(s.email) WHERE u.email_verified_at IS NOT NULL
	)
	SELECT coalesce(r.contract, s.contract), coalesce(r.user_id, s.user_id), s.user_id IS NULL
	FROM readers r FULL JOIN should s ON s.contract = r.contract AND s.user_id = r.user_id
	WHERE r.user_id IS NULL OR s.user_id IS NULL ORDER BY 1, 2`

// readers finds accounts that see a contract which is none of theirs, or do not see one that is. It is asked at once for
// all: no index leads from a contract to its readers.
func (db *database) readers(ctx context.Context, _ Bounds) (found []Finding, err error) {
	err = db.within(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, readReaders)
		if err != nil {
			return err
		}
		var f Finding
		var account string
		var surplus bool
		_, err = pgx.ForEachRow(rows, []any{&f.Contract, &account, &surplus}, func() error {
			f.Rule, f.What = "readers", "the account "+account+" owns it, or signs it by an address that it has proved, and does not see it"
			f.Do = "Look who changed the account's address or the table readers"
			if surplus {
				f.What = "the account " + account + " sees it, and neither owns it nor signs it by an address that it has proved"
			}
			found = append(found, f)
			return nil
		})
		return err
	})
	return found, err
}
