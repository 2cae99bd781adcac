package persist

import (
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
)

// lookEvery is a setting: a while of at least a second, such as 15m.
type lookEvery time.Duration

// Decode implements envconfig.Decoder.
func (l *lookEvery) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Second {
		return function.Malformed("it must be a duration of at least 1s, for example 15m")
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
		return function.Malformed("it must be a duration of at least 1s, for example 24h")
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
	if !strings.HasPrefix(hash, accounts.HashPrefix) {
		return function.Malformed("it is not email:hash with a hash that begins with " + accounts.HashPrefix)
	}
	if err := fields.ValidateEmail(email); err != nil {
		return function.Malformed("what stands before the colon " + err.Error())
	}
	*a = firstAdministrator{Email: email, PasswordHash: hash}
	return nil
}
