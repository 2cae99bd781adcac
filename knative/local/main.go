// Command local runs all of Paraphe on this machine, plays one contract from draft to signed, and makes and restores
// backups. In containers it serves one fake of an outside service each. Production has nothing of it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/shared/function"
)

const usage = `local runs all of Paraphe on this machine.

  local run       start everything and print its addresses; Ctrl-C stops it, and the next run keeps every contract
  local demo      play one contract from draft to signed, in the running stack or in one started for it;
                  writes signed.pdf and history.txt, exits with 1 if any step fails
  local backup    write a backup of the stack in -dir, running or not, to the folder -to;
                  with BACKUP_DATABASE_URL, of that database
  local restore   restore the backup -from into a -dir without a database;
                  with MIGRATION_DATABASE_URL, into that database, which must be empty

One part as a server on PORT (8080), with settings from the environment:

  local yousign   fake signature service: KEPT_IN, SIGNATURE_PAGES_URL, SIGNATURE_API_KEY, WEBHOOK_URL, WEBHOOK_SECRETS, PHONE_URL
  local mailbox   fake SendGrid: KEPT_IN, SENDGRID_API_KEY
  local phone     every mobile phone: KEPT_IN
  local broker    the Broker, the Triggers and the clock of eventing/: KEPT_IN, EVENTING, SERVICES
  local scenario  play one contract: PAGES_URL, YOUSIGN_URL, MAILBOX_URL, PHONE_URL, ADMINISTRATOR, PATIENCE

Flags, after run, demo, backup and restore:
`

// options are the flags of all commands.
type options struct {
	dir, programs, eventing string
	to, from                string
	port                    int
	idle, patience          time.Duration
	verbose                 bool
}

var commands = map[string]func(context.Context, options) error{"run": run, "demo": demo, "backup": backup, "restore": restore}

func main() {
	if len(os.Args) == 2 && devstack.Servers[os.Args[1]] != nil {
		exit(os.Args[1], serveFake(os.Args[1]))
	}
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		function.WriteVersion(os.Stdout, "local")
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) == 2 && os.Args[1] == "scenario" {
		exit("scenario", playScenario(ctx))
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		_, _ = parse("local", []string{"-h"}, os.Stdout)
		if len(os.Args) < 2 || os.Args[1] == "-h" || os.Args[1] == "--help" || os.Args[1] == "help" {
			return
		}
		os.Exit(2)
	}
	o, err := parse(os.Args[1], os.Args[2:], os.Stderr)
	if err != nil {
		os.Exit(2) // the flag package has said why
	}
	exit(os.Args[1], commands[os.Args[1]](ctx, o))
}

// exit ends the process: with 1 and one line if the command failed.
func exit(command string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", command, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func parse(name string, args []string, out io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprint(out, usage)
		f.PrintDefaults()
	}
	f.StringVar(&o.dir, "dir", ".paraphe", "where everything is kept: the database, the secrets, the mailbox, logs")
	f.StringVar(&o.programs, "programs", filepath.Join(".paraphe", "bin", "functions"), "the folder with the binaries of knative/serve")
	f.StringVar(&o.eventing, "eventing", "eventing", "the folder with the broker's and the triggers' manifests")
	f.IntVar(&o.port, "port", 8080, "of the pages; mailbox, phone and signature service take the next three; 0: free ones")
	f.DurationVar(&o.idle, "idle", time.Minute, "how long without a request until a function's process ends")
	f.DurationVar(&o.patience, "patience", time.Minute, "demo: how long it may take")
	f.StringVar(&o.to, "to", "", "backup: the folder to make; empty: backups/ and the time")
	f.StringVar(&o.from, "from", "", "restore: the folder of a backup, or a file of pg_dump's custom format")
	f.BoolVar(&o.verbose, "v", false, "tell of every start and end of a function")
	return o, f.Parse(args)
}

func run(ctx context.Context, o options) error {
	began := time.Now()
	fmt.Println("Paraphe starts: PostgreSQL, the broker, six functions and what is outside of them …")
	t, err := start(ctx, o, o.dir, o.port)
	if err != nil {
		return err
	}
	welcome(os.Stdout, t.Run, o.dir, time.Since(began))
	<-ctx.Done()
	fmt.Println("\nstopping: each function finishes what it has begun …")
	if err := t.Stop(); err != nil {
		return err
	}
	fmt.Println("stopped; the next run goes on from here")
	return nil
}

func start(ctx context.Context, o options, dir string, port int) (*devstack.Stack, error) {
	if _, err := os.Stat(o.programs); err != nil {
		return nil, fmt.Errorf("%s does not exist: use `make run` or `make demo`, which build it", o.programs)
	}
	t, err := devstack.Start(ctx, o.stack(dir, port))
	if err != nil {
		return nil, err
	}
	if in, err := filepath.Abs(dir); err == nil && t.Run.Data != "" && filepath.Dir(t.Run.Data) != in {
		fmt.Printf("PostgreSQL cannot run as root, nor as another user in %s: the data are in %s, which %s is a link to\n",
			in, t.Run.Data, filepath.Join(dir, "postgres"))
	}
	return t, nil
}

func (o options) stack(dir string, port int) devstack.Options {
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelDebug
	}
	return devstack.Options{
		Dir: dir, Eventing: o.eventing, Programs: o.programs, Port: port, Idle: o.idle,
		DatabaseURL: os.Getenv("DATABASE_URL"),
		Log:         slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	}
}

func welcome(w io.Writer, r devstack.Run, dir string, took time.Duration) {
	fmt.Fprintf(w, "\nParaphe runs (started in %.1f s). Ctrl-C stops it; nothing is lost.\n\n", took.Seconds())
	fmt.Fprintf(w, "  the pages    %s\n", r.Page)
	for _, a := range r.Accounts {
		fmt.Fprintf(w, "               %-26s password: %s\n", a.Email, a.Password)
	}
	fmt.Fprintf(w, "  the mailbox  %s   every email that was sent\n", r.Mailbox)
	fmt.Fprintf(w, "  the phone    %s   every code that was sent by SMS\n", r.Phone)
	fmt.Fprintf(w, "  the logs     %s\n\n", filepath.Join(dir, "log"))
	fmt.Fprintln(w, "To see one contract go all the way round: make demo, in another terminal.")
}
