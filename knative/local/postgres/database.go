package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Create makes the database of this name if there is none, and returns its address.
func Create(ctx context.Context, server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", errors.New("DATABASE_URL must be a URL, for example postgres://user:password@localhost:5432/paraphe")
	}
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer c.Close(ctx)
	var there bool
	if err := c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil {
		return "", fmt.Errorf("look for the database %s: %w", name, err)
	}
	if !there {
		if _, err := c.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
			return "", fmt.Errorf("create the database %s: %w", name, err)
		}
	}
	u.Path = "/" + name
	return u.String(), nil
}

// Exec runs statements on a database.
func Exec(ctx context.Context, address, statements string) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	_, err = c.Exec(ctx, statements)
	return err
}

// checkTimeout is how long somebody else's PostgreSQL may take to let us in.
const checkTimeout = 3 * time.Second

// Check connects once to a PostgreSQL that somebody else runs. Its error is one line that says what is wrong with
// DATABASE_URL, without its password.
func Check(ctx context.Context, address string) error {
	config, err := pgx.ParseConfig(address)
	if u, notURL := url.Parse(address); err != nil || notURL != nil || !slices.Contains([]string{"postgres", "postgresql"}, u.Scheme) {
		return errors.New("DATABASE_URL must be a URL, for example postgres://user:password@host:5432/database")
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: PostgreSQL does not let %s in at %s:%d: %s: start it, or unset DATABASE_URL to start a private one",
			config.User, config.Host, config.Port, innermost(err))
	}
	return c.Close(ctx)
}

// innermost is the cause in one line: pgx writes every address that it tried on a line of its own.
func innermost(err error) string {
	var output *pgconn.PgError
	if errors.As(err, &output) {
		return output.Message
	}
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// ping connects once.
func ping(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return c.Close(ctx)
}
