package dump

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// readContent counts what a database holds besides PostgreSQL's own catalogs.
const readContent = `SELECT count(*), coalesce(string_agg(relname, ', ' ORDER BY relname) FILTER (WHERE n <= 5), ''),
		(SELECT array_agg(nspname::text) FROM pg_namespace) FROM (
	SELECT c.relname, row_number() OVER (ORDER BY c.relname) AS n FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND s.nspname NOT LIKE 'pg\_%' AND s.nspname <> 'information_schema') held`

// Migration is one that was applied to a database.
type Migration struct {
	Number       int
	Name, SHA256 string
}

// Restore brings a backup into a database that is empty, as the role that is to own the tables, in one transaction: all
// of it or nothing. Whoever was logged in logs in again, every open contract is due, and nobody holds a lease. The first
// persist that starts on it with the owner's address migrates it, if the backup is older, and gives the other roles their
// rights. ours are the migrations that it knows.
func Restore(ctx context.Context, file, to string, ours []Migration, out io.Writer) error {
	began := time.Now()
	at, err := read(OwnerSetting, to)
	if err != nil {
		return err
	}
	number, err := Inspect(ctx, file, ours)
	if err != nil {
		return err
	}
	schemas, err := empty(ctx, to, at)
	if err != nil {
		return err
	}
	list, err := chosen(ctx, file, schemas)
	if err != nil {
		return err
	}
	defer os.Remove(list)
	fmt.Fprintf(out, "restoring %s into %s\n", file, at.shown)
	err = program{
		name: "pg_restore", with: at.environment, line: tables(out, regexp.MustCompile(`^processing data for table "(?:.*\.)?(.*)"$`)),
		args: []string{"--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--verbose",
			"--use-list=" + list, "--dbname=" + at.url, file},
	}.run(ctx)
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if err := lookAtAll(ctx, to); err != nil {
		return err
	}
	fmt.Fprintf(out, "restored in %s, at migration %d of %d", time.Since(began).Round(time.Second/10), number, len(ours))
	if number < len(ours) {
		fmt.Fprint(out, "; persist makes the others when it starts")
	}
	fmt.Fprintln(out)
	return nil
}

// afterRestore is run on a restored database before anybody uses it.
//
//go:embed restored.sql
var afterRestore string

// lookAtAll lets everything be looked at that the world may have gone on with.
func lookAtAll(ctx context.Context, to string) error {
	c, err := connect(ctx, OwnerSetting, to)
	if err == nil {
		defer c.Close(context.WithoutCancel(ctx))
		_, err = c.PgConn().Exec(ctx, afterRestore).ReadAll() // its statements are one transaction
	}
	if err != nil {
		return fmt.Errorf("the tables were restored, but knative/local/dump/restored.sql failed: run it by hand: %w", err)
	}
	return nil
}

// Inspect checks that a file is a complete backup, and not newer than this program. It returns the number
// of the last migration that the record had.
func Inspect(ctx context.Context, file string, ours []Migration) (number int, err error) {
	if _, err := os.Stat(file); err != nil {
		return 0, fmt.Errorf("the backup %s does not exist", file)
	}
	if err := unchanged(file); err != nil {
		return 0, err
	}
	if err := whole(ctx, file); err != nil {
		return 0, err
	}
	var text bytes.Buffer
	rows := program{name: "pg_restore", args: []string{"--data-only", "--table=migrations", "--file=-", file}, out: &text}
	if err := rows.run(ctx); err != nil {
		return 0, err
	}
	return known(file, &text, ours)
}

// known compares the migrations in a backup with those of this program.
func known(file string, rows io.Reader, ours []Migration) (number int, err error) {
	for lines := bufio.NewScanner(rows); lines.Scan(); {
		fields := strings.Split(lines.Text(), "\t") // number, name, sha256, …
		n, err := strconv.Atoi(fields[0])
		if err != nil || len(fields) < 3 {
			continue
		}
		if n <= len(ours) && fields[2] != ours[n-1].SHA256 {
			return 0, fmt.Errorf("%s is not a backup of this program: its migration %s differs from %s", file, fields[1], ours[n-1].Name)
		}
		number = max(number, n)
	}
	switch {
	case number == 0:
		return 0, fmt.Errorf("%s is not a backup of Paraphe: it has no migrations", file)
	case number > len(ours):
		return 0, fmt.Errorf("%s is newer than this program: it has migration %d, this program knows %d. Restore it with the newer program",
			file, number, len(ours))
	}
	return number, nil
}

// empty checks that the target is empty, and lists its schemas.
func empty(ctx context.Context, to string, at address) (schemas []string, err error) {
	c, err := connect(ctx, OwnerSetting, to)
	if err != nil {
		return nil, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	var count int
	var names string
	if err := c.QueryRow(ctx, readContent).Scan(&count, &names, &schemas); err != nil {
		return nil, fmt.Errorf("read the database of %s: %w", OwnerSetting, err)
	}
	if count > 0 {
		return nil, fmt.Errorf("the database %s is not empty: it has %d tables, views and sequences (%s …). Restore into a new one; nothing was changed",
			at.shown, count, names)
	}
	return schemas, nil
}

// left are the parts of a backup that are not restored: policies that name roles, which the next start of persist makes
// for the roles of this place; and who was logged in, for nobody knows who logged out since. made are the schemas.
var (
	left = regexp.MustCompile(`^\d+; \d+ \d+ (?:POLICY \S+ \S+ (?:reported|backed_up) |TABLE DATA \S+ sessions )`)
	made = regexp.MustCompile(`^\d+; \d+ \d+ SCHEMA - (\S+) `)
)

// chosen writes the list of the parts that are restored, without the schemas that are there.
func chosen(ctx context.Context, file string, schemas []string) (path string, err error) {
	var all, list bytes.Buffer
	if err := (program{name: "pg_restore", args: []string{"--list", file}, out: &all}).run(ctx); err != nil {
		return "", err
	}
	for line := range strings.Lines(all.String()) {
		schema := made.FindStringSubmatch(line)
		if !left.MatchString(line) && (schema == nil || !slices.Contains(schemas, schema[1])) {
			list.WriteString(line)
		}
	}
	f, err := os.CreateTemp("", "paraphe-restore-*.list")
	if err != nil {
		return "", fmt.Errorf("list the contents of the backup: %w", err)
	}
	_, err = f.Write(list.Bytes())
	return f.Name(), errors.Join(err, f.Close())
}
