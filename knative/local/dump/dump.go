// Package dump makes backups of the database with pg_dump, and restores them. It checks first: a role that may not read
// everything, a database that is not empty, a file that is damaged or newer than this program is an error, and nothing is
// changed.
package dump

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/knative/local/postgres"
)

// address is where a database is, in the form that PostgreSQL's programs take: the password goes by the environment, for
// everybody on the machine can read a program's arguments.
type address struct {
	url         string // without the password
	environment []string
	shown       string // for people
}

// driverParameters are parameters that persist's driver reads from an address, and PostgreSQL's programs refuse.
var driverParameters = []string{"pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "pool_max_conn_lifetime", "pool_max_conn_lifetime_jitter",
	"pool_max_conn_idle_time", "pool_health_check_period", "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}

// read takes an address apart. setting names it in the error.
func read(setting, of string) (address, error) {
	u, err := url.Parse(of)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.User == nil {
		return address{}, fmt.Errorf("%s must be a URL, for example postgres://user:password@host:5432/paraphe", setting)
	}
	var a address
	if password, given := u.User.Password(); given {
		a.environment = append(a.environment, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for _, name := range driverParameters {
		q.Del(name)
	}
	if path := q.Get("search_path"); path != "" {
		a.environment = append(a.environment, "PGOPTIONS=-c search_path="+path)
		q.Del("search_path")
	}
	u.RawQuery = q.Encode()
	a.url, a.shown = u.String(), strings.TrimPrefix(u.Path, "/")+" at "+u.Host
	return a, nil
}

// connect opens a connection for the checks.
func connect(ctx context.Context, setting, of string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(strings.TrimSpace(of))
	if err != nil {
		return nil, fmt.Errorf("%s must be a URL, for example postgres://user:password@host:5432/paraphe", setting)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // also behind a pooler
	c, err := pgx.ConnectConfig(ctx, config)
	var output *pgconn.PgError
	if errors.As(err, &output) {
		return nil, fmt.Errorf("%s: %s refuses the user %s: %s", setting, config.Host, config.User, output.Message)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: no PostgreSQL answers at %s:%d; it must be a URL, for example postgres://user:password@host:5432/paraphe", setting, config.Host, config.Port)
	}
	return c, nil
}

// program is a run of one of PostgreSQL's programs.
type program struct {
	name string
	args []string
	with []string            // environment
	out  io.Writer           // what it writes; nil for nothing
	line func(output string) // each line that it says on the side
}

// run runs it to its end. The error is the last that it wrote.
func (p program) run(ctx context.Context) error {
	path, err := postgres.Program(p.name)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, path, p.args...)
	c.Env, c.Stdout = append(c.Environ(), p.with...), p.out
	output, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	var complaint string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		text := strings.TrimPrefix(lines.Text(), p.name+": ")
		if strings.HasPrefix(text, "error:") || strings.HasPrefix(text, "fatal:") || complaint == "" && strings.Contains(text, "ERROR:") {
			complaint = text
		}
		if p.line != nil {
			p.line(text)
		}
	}
	if err := c.Wait(); err != nil {
		return fmt.Errorf("%s: %s", p.name, cmp.Or(complaint, err.Error()))
	}
	return nil
}

// tables prints each table that a program comes to.
func tables(out io.Writer, form *regexp.Regexp) func(string) {
	n := 0
	return func(output string) {
		if found := form.FindStringSubmatch(output); found != nil {
			n++
			fmt.Fprintf(out, "  table %d: %s\n", n, found[1])
		}
	}
}
