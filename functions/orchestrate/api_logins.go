package orchestrate

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// How many failures are let through within logInWindow. An address may stand for a whole office, so it has more.
const (
	logInWindow     = 15 * time.Minute
	accountFailures = 10
	addressFailures = 100
	rememberedKeys  = 20_000 // bounds the memory that strangers can take
	hashesAtOnce    = 2      // each takes 19 MiB
)

// logIns counts failed log-ins. The counts are this instance's own: with n instances an attacker has n times as
// many tries, still too few to guess a password.
type logIns struct {
	now     func() time.Time
	hashing chan struct{} // holds a place for every hash that is being computed

	mu    sync.Mutex
	since time.Time      // when the window began
	count map[string]int // failures, and attempts under way
}

func newLogIns(now func() time.Time) *logIns {
	return &logIns{now: now, hashing: make(chan struct{}, hashesAtOnce), since: now(), count: map[string]int{}}
}

// begin lets an attempt through unless one of its keys has failed too often; its error says when the window ends. An
// attempt counts as failed until it is forgiven, so that many at once get no further than one after the other.
func (l *logIns) begin(keys ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := logInWindow - l.now().Sub(l.since)
	if left <= 0 || len(l.count) > rememberedKeys {
		l.since, left = l.now(), logInWindow
		clear(l.count)
	}
	for _, key := range keys {
		if l.count[key] >= failuresOf(key) {
			return function.Later{After: left, Cause: errors.New("too many failed log-ins")}
		}
	}
	for _, key := range keys {
		l.count[key]++
	}
	return nil
}

// forgive takes an attempt back that did not fail, or failed by no fault of the caller.
func (l *logIns) forgive(keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		if l.count[key]--; l.count[key] <= 0 {
			delete(l.count, key)
		}
	}
}

// check compares a password with its hash, a few at a time: each comparison takes memory on purpose.
func (l *logIns) check(hash, password string) bool {
	l.hashing <- struct{}{}
	defer func() { <-l.hashing }()
	return auth.CheckPassword(hash, password)
}

// hash makes the hash of a new password, in turn with the comparisons.
func (l *logIns) hash(password string) string {
	l.hashing <- struct{}{}
	defer func() { <-l.hashing }()
	return auth.HashPassword(password)
}

// Keys are kept as digests: a dump of the memory names nobody.
const (
	accountKeys = "account "
	addressKeys = "address "
)

func accountKey(email string) string {
	return accountKeys + digest(strings.ToLower(strings.TrimSpace(email)))
}

func failuresOf(key string) int {
	if strings.HasPrefix(key, accountKeys) {
		return accountFailures
	}
	return addressFailures
}
