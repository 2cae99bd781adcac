package dump

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

// BackupSetting and OwnerSetting are what the addresses are called to people, as persist calls them.
const (
	BackupSetting = "BACKUP_DATABASE_URL"
	OwnerSetting  = "MIGRATION_DATABASE_URL"
)

const (
	// readUnseen lists the tables of which this role would see nothing, or not every row.
	readUnseen = `SELECT coalesce(string_agg(c.relname, ', ' ORDER BY c.relname), '') FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
			AND NOT (has_table_privilege(c.oid, 'SELECT') AND (NOT row_security_active(c.oid)
				OR EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = current_schema() AND p.tablename = c.relname
					AND p.permissive = 'PERMISSIVE' AND p.cmd IN ('SELECT', 'ALL') AND p.qual = 'true' AND current_user = ANY (p.roles))
				AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = current_schema() AND p.tablename = c.relname
					AND p.permissive = 'RESTRICTIVE' AND p.cmd IN ('SELECT', 'ALL'))))`

	readSchema = `SELECT current_schema(), count(c.oid) FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')`
)

// Take writes a backup of a database to a file that is not there yet, and its SHA-256 beside it. It is how the record
// stood at one moment, whatever goes on meanwhile.
func Take(ctx context.Context, from, file string, out io.Writer) error {
	began := time.Now()
	at, err := read(BackupSetting, from)
	if err != nil {
		return err
	}
	for _, path := range []string{file, sumOf(file)} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s already exists: nothing was written", path)
		}
	}
	schema, count, err := looked(ctx, from)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "taking a backup of %s: %d tables\n", at.shown, count)
	part := file + ".part"
	defer os.Remove(part) // what is whole has its own name by then
	err = program{
		name: "pg_dump", with: at.environment, line: tables(out, regexp.MustCompile(`^dumping contents of table "(?:.*\.)?(.*)"$`)),
		// Row-level security stays on: a policy shows this role every row, which looked has made sure of. Without the
		// option pg_dump refuses every table that has policies, whatever they allow. Most of a record is
		// documents, which are compressed already: more than a little of it takes seven times as long, and saves nothing.
		args: []string{"--enable-row-security", "--format=custom", "--schema=" + schema, "--no-owner", "--no-privileges", "--verbose",
			"--lock-wait-timeout=30s", "--compress=1", "--file=" + part, "--dbname=" + at.url},
	}.run(ctx)
	if err != nil {
		return err
	}
	size, err := keep(ctx, part, file)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s in %s, read back whole\n", file, amount(size), time.Since(began).Round(time.Second/10))
	return nil
}

// looked makes sure that the role sees every row of every table, and returns the schema and how many tables it has.
func looked(ctx context.Context, from string) (schema string, count int, err error) {
	c, err := connect(ctx, BackupSetting, from)
	if err != nil {
		return "", 0, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	if err := c.QueryRow(ctx, readSchema).Scan(&schema, &count); err != nil || count == 0 {
		return "", 0, fmt.Errorf("the database of %s has no tables of Paraphe, or its role may not see them", BackupSetting)
	}
	var unseen string
	if err := c.QueryRow(ctx, readUnseen).Scan(&unseen); err != nil {
		return "", 0, fmt.Errorf("check what the role of %s may read: %w", BackupSetting, err)
	}
	if unseen != "" {
		return "", 0, fmt.Errorf("the role of %s may not read all of %s: the backup would be incomplete. "+
			"persist gives it its rights when it starts with both %s and %s", BackupSetting, unseen, BackupSetting, OwnerSetting)
	}
	return schema, count, nil
}

// keep reads a dump back, and gives it its name and its SHA-256.
func keep(ctx context.Context, part, file string) (size int64, err error) {
	if err := whole(ctx, part); err != nil {
		return 0, err
	}
	sum, size, err := digest(part)
	if err == nil {
		err = os.WriteFile(sumOf(file), []byte(sum+"\n"), 0o600)
	}
	if err == nil {
		err = os.Chmod(part, 0o600)
	}
	if err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	return size, os.Rename(part, file)
}

// whole reads a dump from end to end, as a restore would.
func whole(ctx context.Context, file string) error {
	if err := (program{name: "pg_restore", args: []string{"--file=" + os.DevNull, file}}).run(ctx); err != nil {
		return fmt.Errorf("%s is damaged, or not a backup: %w", file, err)
	}
	return nil
}

func sumOf(file string) string { return file + ".sha256" }

func digest(file string) (sum string, size int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

func amount(bytes int64) string {
	for _, unit := range []string{"bytes", "kB", "MB"} {
		if bytes < 10_000 {
			return fmt.Sprintf("%d %s", bytes, unit)
		}
		bytes /= 1000
	}
	return fmt.Sprintf("%d GB", bytes)
}

// unchanged matches what the SHA-256 beside a dump says, if there is one. Its first word is the sum, as sha256sum has it.
func unchanged(file string) error {
	text, err := os.ReadFile(sumOf(file))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	sum, _, err := digest(file)
	if err != nil {
		return err
	}
	if want := strings.Fields(string(text)); len(want) == 0 || want[0] != sum {
		return fmt.Errorf("%s is damaged: its checksum differs from %s", file, sumOf(file))
	}
	return nil
}
