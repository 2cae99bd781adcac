package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/knative/gitignore"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/dump"
)

// What is in the folder of a backup.
const (
	recordFile  = "record.dump"
	secretsFile = "secrets.json"
)

// backup keeps the record of what make run holds, running or not, in a folder, and the secrets that go with it: without
// them nothing opens that was sealed. With BACKUP_DATABASE_URL it keeps that record alone.
func backup(ctx context.Context, o options) error {
	to := o.to
	if to == "" {
		to = filepath.Join("backups", time.Now().UTC().Format("20060102T150405Z"))
	}
	if from := os.Getenv(dump.BackupSetting); from != "" {
		return take(ctx, from, to)
	}
	from, stop, err := o.keeper(ctx)
	if err != nil {
		return err
	}
	err = take(ctx, from, to)
	if err == nil {
		err = copyFile(filepath.Join(o.dir, secretsFile), filepath.Join(to, secretsFile))
	}
	return errors.Join(err, stop())
}

// take keeps a record in a folder, which it makes. If nothing comes of it, no folder is left that was not there.
func take(ctx context.Context, from, to string) error {
	undo, err := makeFolder(to)
	if err != nil {
		return err
	}
	if err := dump.Take(ctx, from, filepath.Join(to, recordFile), os.Stdout); err != nil {
		undo()
		return err
	}
	return nil
}

// makeFolder makes the folder of a backup, private. undo takes away what it made, and nothing that somebody else has put there.
func makeFolder(to string) (undo func(), err error) {
	var made []string
	for dir := filepath.Clean(to); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return nil, fmt.Errorf("TO is %s, but %s is a file: TO must be a folder, for example TO=backups/20261124T120000Z", to, dir)
		}
		if err == nil || dir == filepath.Dir(dir) {
			break
		}
		made = append(made, dir)
	}
	unmark := func() {}
	undo = func() {
		unmark()
		for _, dir := range made {
			_ = os.Remove(dir) // one that is not empty stays
		}
	}
	if err = os.MkdirAll(to, 0o700); err == nil {
		unmark, err = gitignore.AddWithUndo(to)
	}
	if err != nil {
		undo()
		return nil, fmt.Errorf("TO is %s, but the folder cannot be created: TO must be a folder, for example TO=backups/20261124T120000Z: %w", to, err)
	}
	return undo, nil
}

// keeper finds the database of what runs in the folder, or starts the one that lies there.
func (o options) keeper(ctx context.Context) (address string, stop func() error, err error) {
	if r, err := devstack.ReadRun(o.dir); err == nil && devstack.IsRunning(ctx, r) {
		return r.Backup, func() error { return nil }, nil
	}
	if _, err := os.Stat(filepath.Join(o.dir, secretsFile)); err != nil {
		return "", nil, fmt.Errorf("%s holds no database: DIR must be the folder of an earlier make run, for example DIR=.paraphe", o.dir)
	}
	t, err := devstack.StartDatabase(ctx, o.stack(o.dir, 0))
	if err != nil {
		return "", nil, err
	}
	return t.Run.Backup, t.Stop, nil
}

// restore brings a backup into a folder whose database is empty, or into that of MIGRATION_DATABASE_URL.
func restore(ctx context.Context, o options) error {
	if o.from == "" {
		return errors.New("FROM is required: the folder of a backup or a file of pg_dump's custom format, for example make restore FROM=backups/20261124T120000Z")
	}
	file, secrets := o.from, ""
	if info, err := os.Stat(o.from); err == nil && info.IsDir() {
		file, secrets = filepath.Join(o.from, recordFile), filepath.Join(o.from, secretsFile)
	}
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("FROM is %s, but %s does not exist: FROM must be a backup, for example FROM=backups/20261124T120000Z", o.from, file)
	}
	ours := migrations()
	if to := os.Getenv(dump.OwnerSetting); to != "" {
		return dump.Restore(ctx, file, to, ours, os.Stdout)
	}
	if _, err := dump.Inspect(ctx, file, ours); err != nil { // before anything is made in the folder
		return err
	}
	if err := o.takeSecrets(secrets); err != nil {
		return err
	}
	t, err := devstack.StartDatabase(ctx, o.stack(o.dir, 0))
	if err != nil {
		return err
	}
	err = dump.Restore(ctx, file, t.Run.Database, ours, os.Stdout)
	if err == nil {
		fmt.Printf("make run DIR=%s goes on from there\n", o.dir)
	}
	return errors.Join(err, t.Stop())
}

// takeSecrets gives a new folder the secrets of the backup. A folder that has some keeps them: others know it by them.
func (o options) takeSecrets(from string) error {
	own := filepath.Join(o.dir, secretsFile)
	if _, err := os.Stat(own); err == nil || from == "" {
		return nil
	}
	if _, err := os.Stat(from); err != nil {
		return nil // a record alone
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil { // as devstack makes it: the database's user passes through
		return fmt.Errorf("create the folder %s: %w", o.dir, err)
	}
	return copyFile(from, own)
}

func migrations() (all []dump.Migration) {
	for _, m := range schema.Current().Migrations {
		all = append(all, dump.Migration{Number: m.Number, Name: m.Name, SHA256: m.SHA256()})
	}
	return all
}

// copyFile makes a copy that only its user can read. Nothing is overwritten.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy the secrets: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy the secrets: %w", err)
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
