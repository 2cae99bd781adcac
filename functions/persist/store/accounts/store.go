package accounts

import (
	"log/slog"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/postgres"
)

// Config says for how long something that was given out goes on opening something.
type Config struct {
	RefreshReuse time.Duration // for how long a used refresh token leads to its successor
	LinkLifetime time.Duration // how long after its completion the links of a contract still open it
}

// Store keeps accounts, and what opens them.
type Store struct {
	Config
	db  *postgres.Database
	log *slog.Logger
}

// New returns a store in this database.
func New(c Config, db *postgres.Database, log *slog.Logger) *Store {
	return &Store{Config: c, db: db, log: log}
}

// HashPrefix is how a password's hash must begin (PHC string form).
const HashPrefix = "$argon2id$"
