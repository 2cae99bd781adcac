// Package dsn reads the addresses of a database, which are settings.
package dsn

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/shared/function"
)

// URL is a setting: the address of a database, with user and password.
type URL string

// Addresses are one database, as each role that connects to it. Serving is required; without one of the others, what that
// role is for is not done here.
type Addresses struct {
	Serving URL // DATABASE_URL: bound by row-level security
	Owner   URL // MIGRATION_DATABASE_URL: owns the tables, and migrates
	Reading URL // READING_DATABASE_URL: reads, for reports
	Backup  URL // BACKUP_DATABASE_URL: reads everything, for pg_dump
}

// Decode implements envconfig.Decoder.
func (u *URL) Decode(value string) error {
	if value == "" {
		return nil // an optional setting that is set to nothing
	}
	if _, err := pgxpool.ParseConfig(value); err != nil {
		return function.Malformed("it is not an address such as postgres://user:password@host:5432/database")
	}
	*u = URL(value)
	return nil
}

const (
	// MaxConns is how many connections one instance holds at most, if the address does not say so itself
	// (pool_max_conns): instances are many, and PostgreSQL's connections are few.
	MaxConns = 8

	// connectTimeout bounds how long a server may take to let us in, if the address does not say so itself
	// (connect_timeout).
	connectTimeout = 5 * time.Second

	applicationName = "paraphe-persist"
)

// Pool is the configuration of a pool of connections to this address.
func (u URL) Pool() (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(string(u))
	if err != nil {
		return nil, err
	}
	if !strings.Contains(string(u), "pool_max_conns") {
		c.MaxConns = MaxConns
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	c.ConnConfig.RuntimeParams["application_name"] = applicationName
	return c, nil
}

// User is the role in the address; "" for an address that is not set or malformed.
func (u URL) User() string {
	c, err := u.Pool()
	if err != nil || u == "" {
		return ""
	}
	return c.ConnConfig.User
}
