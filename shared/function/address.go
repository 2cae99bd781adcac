package function

import (
	"net/url"
	"strings"
)

// URL is a setting that holds an absolute http or https address, kept without a slash at its end.
type URL string

// Decode implements envconfig.Decoder.
func (u *URL) Decode(value string) error {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return Malformed("it must be an address, for example https://example.org")
	}
	*u = URL(strings.TrimRight(value, "/"))
	return nil
}

// String returns the address without a slash at its end.
func (u URL) String() string { return string(u) }
