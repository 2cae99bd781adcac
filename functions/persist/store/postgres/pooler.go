package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/shared/function"
)

// Pooler is a setting: what stands between this function and PostgreSQL.
type Pooler string

const (
	AnyPooler         Pooler = "auto"        // looked for at every new connection
	TransactionPooler Pooler = "transaction" // one that gives each transaction another connection
	NoPooler          Pooler = "none"        // or one that keeps prepared statements
)

// Decode implements envconfig.Decoder.
func (p *Pooler) Decode(value string) error {
	switch *p = Pooler(value); *p {
	case AnyPooler, TransactionPooler, NoPooler:
		return nil
	case "":
		*p = AnyPooler
		return nil
	}
	return function.Malformed("it is none of auto, transaction and none, such as DATABASE_POOLER=transaction")
}

var (
	errPooler   = errors.New("the connection goes through a pooler")
	errReadOnly = errors.New("the server takes no writes: it is a standby, or default_transaction_read_only is on there")
)

// readServer tells whether the server can be written to, and who answers there: a pooler gives its own number where
// PostgreSQL gives its process's.
const readServer = `SELECT current_setting('transaction_read_only'), pg_backend_pid()`

// admission looks at a new connection before it is used.
type admission struct {
	before          pgconn.ValidateConnectFunc // what the address asks for (target_session_attrs); nil for nothing
	keepsStatements bool
	trusted         bool // prepared statements are kept whoever answers
}

// admit refuses a server that only reads, so that the next of the address's hosts is tried, and a pooler where statements
// would be prepared: it gives them to whoever comes next.
func (a admission) admit(ctx context.Context, c *pgconn.PgConn) error {
	if a.before != nil {
		if err := a.before(ctx, c); err != nil {
			return err
		}
	}
	results, err := c.Exec(ctx, readServer).ReadAll() // the simple protocol prepares nothing
	if err != nil {
		return fmt.Errorf("look at the server: %w", err)
	}
	answer := results[0].Rows[0]
	if string(answer[0]) == "on" {
		return errReadOnly
	}
	if a.keepsStatements && !a.trusted && string(answer[1]) != strconv.FormatUint(uint64(c.PID()), 10) {
		return errPooler
	}
	return nil
}
