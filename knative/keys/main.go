// Command keys makes every key and secret of an installation, and the next ones when they are rotated: as Kubernetes
// Secrets on stdout, or as files. `make keys` runs it. Nothing secret goes anywhere else.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
)

const usage = `keys makes every key and secret of an installation, named as knative/manifests refers to them.

  keys | kubectl apply -n paraphe -f -       new ones, as Kubernetes Secrets
  keys -out DIR                              new ones, as files DIR/<secret>/<key> with mode 0600
  keys -env DIR                              new ones, as files DIR/<container>.env for compose.yaml, with stand-ins
  keys -from DIR                             those of DIR, as Kubernetes Secrets
  keys -from DIR -sql | psql ADDRESS         the owning role and its database, made by a superuser
  keys -from DIR -rotate add -out NEXT       those of DIR and a next one of each; DIR stays as it is

What only others can give (API keys) is empty in the Secrets and missing among the files: stderr says which.

`

// options say what to make.
type options struct {
	out, from     string
	rotate        string
	kinds         string
	database      string
	administrator string
	environments  string
	standIns      bool
	sql           bool
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run does it and returns the process's status. What it writes to stderr holds no secret.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && (args[0] == "-version" || args[0] == "--version") {
		function.WriteVersion(stdout, "keys")
		return 0
	}
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = o.carryOut(stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "keys: %v\n", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("keys", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage); flags.PrintDefaults() }
	flags.StringVar(&o.out, "out", "", "write files into this `folder` instead of Kubernetes Secrets to stdout; nothing is overwritten")
	flags.StringVar(&o.from, "from", "", "take those in this `folder` instead of making new ones")
	flags.StringVar(&o.rotate, "rotate", "", "with -from: `step` add (a next key, accepted and not used yet), use (the newest one) or drop (the old ones)")
	flags.StringVar(&o.kinds, "keys", "function,session", "with -rotate: which `kinds`, of function, session, seal and webhook")
	flags.StringVar(&o.database, "database", "postgres://postgres.paraphe.svc.cluster.local:5432/paraphe?sslmode=require", "`address` of the database, without user and password")
	flags.StringVar(&o.administrator, "administrator", "", "`e-mail` of the first account; its password is made, too")
	flags.StringVar(&o.environments, "env", "", "write environment files into this `folder`, for containers; nothing is overwritten")
	flags.BoolVar(&o.standIns, "standins", false, "make up the API keys too, for where stand-ins play what is outside")
	flags.BoolVar(&o.sql, "sql", false, "with -from: write what makes the owning role and the database, for psql")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	return o, o.check(flags.Args())
}

func (o options) check(rest []string) error {
	database, err := url.Parse(o.database)
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q: see --help", rest[0])
	case (o.environments != "" || o.standIns) && o.from != "":
		return errors.New("-env and -standins create new secrets: do not combine them with -from")
	case o.sql && (o.from == "" || o.rotate != "" || o.out != ""):
		return errors.New("-sql needs -from, and neither -rotate nor -out: the role's password is one of the secrets of a folder")
	case o.rotate != "" && o.from == "":
		return errors.New("-rotate needs -from: the folder with the keys to rotate, for example -from secrets")
	case err != nil || database.Host == "" || database.User != nil || !strings.HasPrefix(o.database, "postgres"):
		return errors.New("-database must be a URL without user and password, for example postgres://host:5432/paraphe?sslmode=require")
	case o.administrator == "":
		return nil
	}
	if err := fields.ValidateEmail(o.administrator); err != nil {
		return fmt.Errorf("-administrator %w", err)
	}
	return nil
}

// carryOut makes or reads the secrets, rotates them if that is asked, and writes them out.
func (o options) carryOut(stdout, stderr io.Writer) error {
	s, err := o.secrets()
	if err != nil {
		return err
	}
	if o.sql {
		return s.writeSQL(stdout)
	}
	if o.rotate != "" {
		if err := s.rotate(o.rotate, strings.Split(o.kinds, ",")); err != nil {
			return err
		}
	}
	switch {
	case o.environments != "":
		err = s.writeEnvironments(o.environments)
	case o.out != "":
		err = s.writeFiles(o.out)
	default:
		err = s.writeObjects(stdout)
	}
	if err == nil && o.environments == "" { // nothing is missing where stand-ins play what is outside
		s.tellWhatIsMissing(stderr)
	}
	return err
}

func (o options) secrets() (*secrets, error) {
	if o.from != "" {
		return readFiles(o.from)
	}
	s := makeSecrets(o)
	if o.standIns || o.environments != "" {
		s.playInside(o)
	}
	return s, nil
}
