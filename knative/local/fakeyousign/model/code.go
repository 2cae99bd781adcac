package model

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Rules of the code that proves that a signer holds the phone.
const (
	CodeLife     = 10 * time.Minute
	CodePause    = 15 * time.Second // within it a code is not sent again
	CodeSends    = 5                // in CodeWindow
	CodeWindow   = 24 * time.Hour
	codeMistakes = 3 // then a code is used up
)

// What can be wrong with a code. Each is a page, not an error of the service.
var (
	ErrWrongCode    = errors.New("the code is wrong")
	ErrNoCode       = errors.New("there is no valid code")
	ErrCodeUsedUp   = errors.New("the code was entered wrong too often")
	ErrTooManyCodes = errors.New("too many codes were sent")
)

// Request makes a new code, or leaves the open one if it has only just been sent. It reports whether an SMS is to go out.
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

// Open reports whether there is a code that can be entered.
func (c *Code) Open(now time.Time) bool { return c.Digits != "" && now.Sub(c.SentAt) < CodeLife }

// Check tries a code. The count of mistakes has to be kept whatever it returns.
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
