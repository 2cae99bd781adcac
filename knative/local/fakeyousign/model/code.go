package model

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Limits of the code by SMS.
const (
	CodeLife     = 10 * time.Minute
	CodePause    = 15 * time.Second // within it a code is not sent again
	CodeSends    = 5                // in CodeWindow
	CodeWindow   = 24 * time.Hour
	codeMistakes = 3 // then a code is used up
)

// Each of these is shown on the signing page; none is an error of the service.
var (
	ErrWrongCode    = errors.New("the code is wrong")
	ErrNoCode       = errors.New("there is no valid code")
	ErrCodeUsedUp   = errors.New("the code was entered wrong too often")
	ErrTooManyCodes = errors.New("too many codes were sent")
)

// Request makes a new code, or keeps the valid one if it was sent less than CodePause ago. It reports whether to send an SMS.
func (c *Code) Request(now time.Time) (send bool, err error) {
	if now.Sub(c.Since) >= CodeWindow {
		c.Since, c.Sends = now, 0
	}
	if c.Open(now) && now.Sub(c.SentAt) < CodePause {
		return false, nil
	}
	if c.Sends >= CodeSends {
		return false, ErrTooManyCodes
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return false, fmt.Errorf("generate a code: %w", err)
	}
	c.Digits, c.SentAt, c.Wrong = fmt.Sprintf("%06d", n), now, 0
	c.Sends++
	return true, nil
}

// Open reports whether a code is valid.
func (c *Code) Open(now time.Time) bool { return c.Digits != "" && now.Sub(c.SentAt) < CodeLife }

// Check compares digits with the code. The caller must store the count of mistakes whatever it returns.
func (c *Code) Check(digits string, now time.Time) error {
	switch {
	case !c.Open(now):
		return ErrNoCode
	case subtle.ConstantTimeCompare([]byte(digits), []byte(c.Digits)) == 1:
		return nil
	}
	if c.Wrong++; c.Wrong >= codeMistakes {
		c.Digits = ""
		return ErrCodeUsedUp
	}
	return ErrWrongCode
}
