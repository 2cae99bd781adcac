package fakeyousign

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
	codeLife     = 10 * time.Minute
	codePause    = 15 * time.Second // within it a code is not sent again
	codeSends    = 5                // in codeWindow
	codeWindow   = 24 * time.Hour
	codeMistakes = 3 // then a code is used up
)

// What can be wrong with a code. Each is a page, not an error of the service.
var (
	errWrongCode    = errors.New("the code is wrong")
	errNoCode       = errors.New("there is no valid code")
	errCodeUsedUp   = errors.New("the code was entered wrong too often")
	errTooManyCodes = errors.New("too many codes were sent")
)

// ask makes a new code, or leaves the open one if it has only just been sent. It reports whether an SMS is to go out.
func (c *code) ask(now time.Time) (send bool, err error) {
	if now.Sub(c.Since) >= codeWindow {
		c.Since, c.Sends = now, 0
	}
	if c.open(now) && now.Sub(c.SentAt) < codePause {
		return false, nil
	}
	if c.Sends >= codeSends {
		return false, errTooManyCodes
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return false, fmt.Errorf("draw a code: %w", err)
	}
	c.Digits, c.SentAt, c.Wrong = fmt.Sprintf("%06d", n), now, 0
	c.Sends++
	return true, nil
}

// open reports whether there is a code that can be entered.
func (c *code) open(now time.Time) bool { return c.Digits != "" && now.Sub(c.SentAt) < codeLife }

// enter tries a code. The count of mistakes has to be kept whatever it returns.
func (c *code) enter(digits string, now time.Time) error {
	switch {
	case !c.open(now):
		return errNoCode
	case subtle.ConstantTimeCompare([]byte(digits), []byte(c.Digits)) == 1:
		return nil
	}
	if c.Wrong++; c.Wrong >= codeMistakes {
		c.Digits = ""
		return errCodeUsedUp
	}
	return errWrongCode
}
