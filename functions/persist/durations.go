package persist

import (
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// lifetime is a setting: a duration of at least an hour.
type lifetime time.Duration

// Decode implements envconfig.Decoder.
func (l *lifetime) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Hour {
		return function.Malformed("it must be a duration of at least 1h, for example 8760h (a year)")
	}
	*l = lifetime(d)
	return nil
}

// reuseInterval is a setting: a duration of at most five minutes.
type reuseInterval time.Duration

// Decode implements envconfig.Decoder.
func (i *reuseInterval) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > 5*time.Minute {
		return function.Malformed("it must be a duration from 0s to 5m, for example 20s")
	}
	*i = reuseInterval(d)
	return nil
}
