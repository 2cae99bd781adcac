package function

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// FunctionName is the name of the function that this process is: FUNCTION, or orchestrate if that is unset.
func FunctionName() string {
	if name := os.Getenv("FUNCTION"); name != "" {
		return name
	}
	return "orchestrate"
}

// Settings fills the fields of into, a pointer to a struct with envconfig tags, from the environment. Its error is
// one line that names the function and the setting, never its value: a value may be a secret.
func (b Boot) Settings(into any) error {
	if name := missing(into, b.lookup()); name != "" {
		return fmt.Errorf("%s: the setting %s is missing", b.Name, name)
	}
	err := envconfig.Process("", into)
	var malformed *envconfig.ParseError
	if errors.As(err, &malformed) {
		return fmt.Errorf("%s: the setting %s is malformed: %s", b.Name, malformed.KeyName, reason(malformed))
	}
	if err != nil {
		return fmt.Errorf("%s: the settings cannot be read: %w", b.Name, err)
	}
	return nil
}

func (b Boot) lookup() func(string) (string, bool) {
	if b.Lookup != nil {
		return b.Lookup
	}
	return os.LookupEnv
}

// missing names the first required setting that is absent or empty. envconfig itself takes an empty one for set,
// and an empty secret must never let anybody in.
func missing(into any, lookup func(string) (string, bool)) string {
	t := reflect.TypeOf(into).Elem()
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("envconfig")
		if f.Tag.Get("required") != "true" {
			continue
		}
		if value, _ := lookup(name); strings.TrimSpace(value) == "" {
			return name
		}
	}
	return ""
}

// reason says what is wrong with a value without showing it. Settings with a Decode of their own word it
// themselves; Go's parsers would quote the value.
func reason(e *envconfig.ParseError) string {
	var out Malformed
	if errors.As(e.Err, &out) {
		return string(out)
	}
	switch e.TypeName {
	case "time.Duration":
		return "it must be a duration, for example 30s"
	case "int", "int64":
		return "it must be a whole number, for example 10"
	case "bool":
		return "it must be true or false"
	}
	return "its form is wrong"
}

// Malformed is the error of a setting's Decode: what a right value looks like, never the wrong one.
type Malformed string

func (m Malformed) Error() string { return string(m) }

// SettingNames lists the names of the environment variables that a Settings struct reads.
func SettingNames(settings any) []string {
	if settings == nil {
		return nil
	}
	t := reflect.TypeOf(settings)
	var names []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("envconfig"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

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
