package orchestrate

import (
	"strconv"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// CallRate is a setting: how many calls the signature service takes in a minute, 0 for no limit of ours.
type CallRate int

// Decode implements envconfig.Decoder.
func (c *CallRate) Decode(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 100_000 {
		return function.Malformed("it must be a number of calls per minute from 0 (no limit) to 100000, for example 30")
	}
	*c = CallRate(n)
	return nil
}

// Pause is a setting: a duration of 0 to an hour.
type Pause time.Duration

// Decode implements envconfig.Decoder.
func (p *Pause) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > time.Hour {
		return function.Malformed("it must be a duration from 0s to 1h, for example 1m")
	}
	*p = Pause(d)
	return nil
}
