package function

import (
	"bytes"
	"strings"
	"testing"
)

func TestAProgramAnswersItsFlagsAndRefusesOthers(t *testing.T) {
	t.Parallel()
	m := Manifest{Name: "send-mail", Settings: struct {
		From string `envconfig:"MAIL_FROM"`
	}{}}
	for name, c := range map[string]struct {
		args []string
		done bool
		want string
		err  string
	}{
		"nothing":         {},
		"version":         {args: []string{"-version"}, done: true, want: "send-mail " + Version() + " go1."},
		"version, long":   {args: []string{"--version"}, done: true, want: "send-mail "},
		"help":            {args: []string{"-help"}, done: true, want: "MAIL_FROM\n"},
		"something else":  {args: []string{"serve"}, err: `send-mail takes no argument "serve": see send-mail -help`},
		"a flag misspelt": {args: []string{"-verison"}, err: `send-mail takes no argument "-verison": see send-mail -help`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			done, err := answerFlag(c.args, m, &out)
			if done != c.done || (err != nil) != (c.err != "") || err != nil && err.Error() != c.err {
				t.Fatalf("done %t, %v", done, err)
			}
			if !strings.Contains(out.String(), c.want) {
				t.Errorf("printed %q, want %q in it", &out, c.want)
			}
		})
	}
}
