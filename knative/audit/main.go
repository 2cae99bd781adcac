// Command audit checks a record against what must be true of it whatever happened, and, with their keys, what the
// signature service and the mail service have against the record. `make audit` runs it; it changes nothing.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/paraphe/paraphe/knative/audit/check"
	"github.com/paraphe/paraphe/shared/function"
)

// #nosec G101 -- an example, and nobody's password
const usage = `audit checks a record, and says of each contract what is not as it must be and what to do. It changes nothing.

  audit                      what runs by make run (its addresses are in .paraphe/run.json)
  READING_DATABASE_URL=postgres://reports:password@host:5432/paraphe audit
                             that record; the role that only reads suffices

What else is looked at hangs on the environment, as the functions have it:
  SIGNATURE_API_KEY, SIGNATURE_URL   every request at the signature service against the attempts on record
  SEAL_KEYS                          which of them are of this installation (else: by their form)
  SENDGRID_API_KEY, SENDGRID_URL     every notification against the mail service's message search, with -notifications

It exits with 0 if nothing was found, 1 if something was, and 2 if it could not look.

`

// options are the flags.
type options struct {
	dir, database       string
	notifications, json bool
	bounds              check.Bounds
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, function.NewBoot("audit"), os.Args[1:], os.Stdout, os.Stderr))
}

// run does it and returns the process's status.
func run(ctx context.Context, b function.Boot, args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && (args[0] == "-version" || args[0] == "--version") {
		function.WriteVersion(stdout, "audit")
		return 0
	}
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2 // the flag package has said why
	}
	from, err := o.sources(b)
	var r check.Report
	if err == nil {
		r, err = check.Run(ctx, from, o.bounds)
	}
	if err != nil {
		fmt.Fprintf(stderr, "audit: %v\n", err)
		return 2
	}
	if o.json {
		err = json.NewEncoder(stdout).Encode(r)
	} else {
		err = printReport(stdout, r)
	}
	switch {
	case err != nil:
		return 2
	case len(r.Findings) > 0:
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{bounds: check.Usual}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage); flags.PrintDefaults() }
	flags.StringVar(&o.dir, "dir", ".paraphe", "the `folder` of make run, for where no database is named")
	flags.StringVar(&o.database, "database", "", "`address` of the record (else READING_DATABASE_URL, DATABASE_URL, or that of make run)")
	flags.BoolVar(&o.notifications, "notifications", false, "ask the mail service's search about every notification")
	flags.BoolVar(&o.json, "json", false, "write one JSON object instead of lines")
	flags.DurationVar(&o.bounds.Late, "late", o.bounds.Late, "how long ago a contract may have become due")
	flags.DurationVar(&o.bounds.LateLook, "late-look", o.bounds.LateLook, "the same of one that only waits for people")
	flags.DurationVar(&o.bounds.Retry, "retry", o.bounds.Retry, "for how long the broker goes on trying to deliver an event")
	flags.DurationVar(&o.bounds.Grace, "grace", o.bounds.Grace, "how long the record may be behind the signature service")
	flags.DurationVar(&o.bounds.Sweep, "sweep", o.bounds.Sweep, "how long ago the last look through all requests at the signature service may have begun")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		err := fmt.Errorf("unexpected arguments %q: see -help", flags.Args())
		fmt.Fprintf(stderr, "audit: %v\n", err)
		return o, err
	}
	return o, nil
}

// printReport writes one line for each finding, and one about all.
func printReport(w io.Writer, r check.Report) error {
	for _, f := range r.Findings {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	end := "nothing is wrong"
	if n := len(r.Findings); n > 0 {
		end = fmt.Sprintf("%d findings", n)
	}
	_, err := fmt.Fprintf(w, "%d contracts with %d entries of history, %d requests at the signature service, %d notifications at the mail service: %s\n",
		r.Contracts, r.Entries, r.Requests, r.Notifications, end)
	return err
}
