package persist

import (
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
)

// databaseURL is a setting: the address of a database, with user and password.
type databaseURL string

// Decode implements envconfig.Decoder.
func (u *databaseURL) Decode(value string) error {
	if value == "" {
		return nil // an optional setting that is set to nothing
	}
	if _, err := pgxpool.ParseConfig(value); err != nil {
		return function.Malformed("it is not an address such as postgres://user:password@host:5432/database")
	}
	*u = databaseURL(value)
	return nil
}

// maxConns is how many connections one instance holds at most, if the address does not say so itself
// (pool_max_conns): instances are many, and PostgreSQL's connections are few.
const maxConns = 8

// pool reads the address. It was parsed once already, by Decode.
func (u databaseURL) pool() (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(string(u))
	if err != nil {
		return nil, err
	}
	if !strings.Contains(string(u), "pool_max_conns") {
		c.MaxConns = maxConns
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	c.ConnConfig.RuntimeParams["application_name"] = "paraphe-" + Manifest.Name
	return c, nil
}

// lookEvery is a setting: a while of at least a second, such as 15m.
type lookEvery time.Duration

// Decode implements envconfig.Decoder.
func (l *lookEvery) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Second {
		return function.Malformed("it is not a while of at least a second, such as 15m")
	}
	*l = lookEvery(d)
	return nil
}

// looksPerMinute is a setting: how many contracts that wait for people are looked at in a minute.
type looksPerMinute int

// Decode implements envconfig.Decoder.
func (l *looksPerMinute) Decode(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 100_000 {
		return function.Malformed("it must be a number of looks per minute from 0 (no limit) to 100000, for example 15")
	}
	*l = looksPerMinute(n)
	return nil
}

// sweepEvery is a setting: a while of at least a second, such as 24h.
type sweepEvery time.Duration

// Decode implements envconfig.Decoder.
func (s *sweepEvery) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Second {
		return function.Malformed("it is not a while of at least a second, such as 24h")
	}
	*s = sweepEvery(d)
	return nil
}

// firstAdministrator is a setting: "email:hash", the hash in the PHC form of argon2id. The account is made where
// there is no user at all.
type firstAdministrator struct{ Email, PasswordHash string }

// Decode implements envconfig.Decoder.
func (a *firstAdministrator) Decode(value string) error {
	if value == "" {
		return nil
	}
	email, hash, _ := strings.Cut(value, ":")
	if !strings.HasPrefix(hash, hashPrefix) {
		return function.Malformed("it is not email:hash with a hash that begins with " + hashPrefix)
	}
	if err := fields.ValidateEmail(email); err != nil {
		return function.Malformed("what stands before the colon " + err.Error())
	}
	*a = firstAdministrator{Email: email, PasswordHash: hash}
	return nil
}
