package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/dump"
)

const nobodyThere = "postgres://u:s3cret@127.0.0.1:1/db"

// TestAFailedBackupOrRestoreSaysSoInOneLineAndChangesNothing: no folder is made for a backup that is not taken.
func TestAFailedBackupOrRestoreSaysSoInOneLineAndChangesNothing(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	for _, name := range []string{"file", "folder/words"} {
		put(t, name)
	}
	before := everything(t)
	for name, c := range map[string]struct {
		do          func(context.Context, options) error
		o           options
		from, owner string
		want        string
	}{
		"a folder that is a file":       {backup, options{to: "file"}, nobodyThere, "", "TO is file, but file is a file: TO must be a folder, for example TO=backups/"},
		"one in a file":                 {backup, options{to: "file/one"}, nobodyThere, "", "TO is file/one, but file is a file"},
		"one that cannot be made":       {backup, options{to: "/proc/one"}, nobodyThere, "", "TO is /proc/one, but the folder cannot be created"},
		"nobody there":                  {backup, options{to: "deep/er"}, nobodyThere, "", "BACKUP_DATABASE_URL: no PostgreSQL answers at 127.0.0.1:1"},
		"nobody there, in a folder":     {backup, options{to: "folder"}, nobodyThere, "", "BACKUP_DATABASE_URL: no PostgreSQL answers at"},
		"no address":                    {backup, options{}, "host=h password=s3cret", "", "BACKUP_DATABASE_URL must be a URL, for example postgres://"},
		"nothing that runs":             {backup, options{dir: "none"}, "", "", "none holds no database: DIR must be the folder of an earlier make run, for example DIR="},
		"no backup is named":            {restore, options{}, "", "", "FROM is required: the folder of a backup"},
		"no backup is there":            {restore, options{from: "none"}, "", "", "FROM is none, but none does not exist: FROM must be a backup, for example FROM=backups/"},
		"a folder without one":          {restore, options{from: "folder"}, "", nobodyThere, "FROM is folder, but folder/record.dump does not exist"},
		"a file that is none":           {restore, options{from: "file", dir: "new"}, "", "", "file is damaged, or not a backup"},
		"no address of the new one":     {restore, options{from: "file"}, "", "host=h password=s3cret", "MIGRATION_DATABASE_URL must be a URL, for example postgres://"},
		"a file that is none, into one": {restore, options{from: "file"}, "", nobodyThere, "file is damaged, or not a backup"},
	} {
		t.Setenv(dump.BackupSetting, c.from)
		t.Setenv(dump.OwnerSetting, c.owner)
		err := c.do(t.Context(), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if after := everything(t); !slices.Equal(before, after) {
			t.Errorf("%s: %v became %v", name, before, after)
		}
	}
}

func put(t *testing.T, name string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte("words"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// everything lists what is in this folder.
func everything(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
