package function

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

type settings struct {
	Needed  string        `envconfig:"TEST_NEEDED" required:"true"`
	Address URL           `envconfig:"TEST_ADDRESS" default:"https://example.org/"`
	Count   int           `envconfig:"TEST_COUNT" default:"7"`
	Wait    time.Duration `envconfig:"TEST_WAIT"`
	Colour  colour        `envconfig:"TEST_COLOUR"`
}

// colour is a setting with a Decode whose error is its own.
type colour string

func (c *colour) Decode(value string) error {
	if value != "red" {
		return errors.New("not red: " + value)
	}
	*c = colour(value)
	return nil
}

// TestASettingThatIsWrongIsNamedAndItsValueIsNotShown sets the environment, so it is not parallel.
func TestASettingThatIsWrongIsNamedAndItsValueIsNotShown(t *testing.T) {
	cases := map[string]struct {
		set  map[string]string
		want string
	}{
		"all well":                {map[string]string{"TEST_NEEDED": "x"}, ""},
		"missing":                 {nil, "fixture: the setting TEST_NEEDED is missing"},
		"empty":                   {map[string]string{"TEST_NEEDED": ""}, "fixture: the setting TEST_NEEDED is missing"},
		"blank":                   {map[string]string{"TEST_NEEDED": " \t"}, "fixture: the setting TEST_NEEDED is missing"},
		"no number":               {map[string]string{"TEST_NEEDED": "x", "TEST_COUNT": "s3cret"}, "fixture: the setting TEST_COUNT is malformed: it must be a whole number, for example 10"},
		"no duration":             {map[string]string{"TEST_NEEDED": "x", "TEST_WAIT": "s3cret"}, "fixture: the setting TEST_WAIT is malformed: it must be a duration, for example 30s"},
		"no address":              {map[string]string{"TEST_NEEDED": "x", "TEST_ADDRESS": "s3cret"}, "fixture: the setting TEST_ADDRESS is malformed: it must be an address, for example https://example.org"},
		"an address of a file":    {map[string]string{"TEST_NEEDED": "x", "TEST_ADDRESS": "file:///s3cret"}, "fixture: the setting TEST_ADDRESS is malformed: it must be an address, for example https://example.org"},
		"an error with the value": {map[string]string{"TEST_NEEDED": "x", "TEST_COLOUR": "s3cret"}, "fixture: the setting TEST_COLOUR is malformed: its form is wrong"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for k, v := range c.set {
				t.Setenv(k, v)
			}
			var s settings
			err := Boot{Name: "fixture", Lookup: os.LookupEnv}.Settings(&s)
			if got := text(err); got != c.want || strings.Contains(got, "s3cret") {
				t.Errorf("%q, want %q", got, c.want)
			}
			if err == nil && (s.Needed != "x" || s.Count != 7 || s.Address != "https://example.org") {
				t.Errorf("read %+v", s)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestTheNamesOfSettingsAreThoseOfTheirTags(t *testing.T) {
	t.Parallel()
	want := []string{"TEST_NEEDED", "TEST_ADDRESS", "TEST_COUNT", "TEST_WAIT", "TEST_COLOUR"}
	if got := SettingNames(settings{}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := SettingNames(nil); got != nil {
		t.Errorf("no settings have the names %v", got)
	}
}

// TestTheFunctionIsTheOneThatFUNCTIONNames sets the environment, so it is not parallel.
func TestTheFunctionIsTheOneThatFUNCTIONNames(t *testing.T) {
	t.Setenv("FUNCTION", "")
	if got := FunctionName(); got != "orchestrate" {
		t.Errorf("without a name: %s", got)
	}
	t.Setenv("FUNCTION", "persist")
	if got := FunctionName(); got != "persist" {
		t.Errorf("named persist: %s", got)
	}
}
