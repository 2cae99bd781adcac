package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// homes are where the data go if the user that PostgreSQL runs as cannot get to the folder that they belong in: both
// outlive a restart of the machine.
var homes = []string{"/var/lib/paraphe", "/var/tmp"}

// place makes dir and returns where its data lie: in dir, or, where as cannot get there, in a folder in one of the homes
// that dir is a link to. So the next start finds them, and whoever removes dir knows what else to remove.
func place(dir string, as *syscall.Credential, homes []string) (string, error) {
	if target, err := os.Readlink(dir); err == nil {
		if _, err := os.Stat(target); err != nil {
			return "", fmt.Errorf("the database of %s was in %s, and that cannot be read: bring it back, "+
				"or forget everything else too and begin anew by make clean: %w", dir, target, err)
		}
		return target, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the database's folder: %w", err)
	}
	if as == nil {
		return dir, nil
	}
	why := usable(dir, as)
	if why == nil {
		return dir, nil
	}
	if _, err := os.Stat(filepath.Join(dir, "cluster")); !errors.Is(err, fs.ErrNotExist) {
		return "", why // moving a database is nothing to do unasked
	}
	return elsewhere(dir, as, homes, why)
}

// usable reports why as could not keep data in dir.
func usable(dir string, as *syscall.Credential) error {
	if err := reachable(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Lchown(dir, int(as.Uid), int(as.Gid)); err != nil {
		return fmt.Errorf("PostgreSQL does not run as root, and %s cannot be given to another user: "+
			"move the project, run as another user, or set DATABASE_URL: %w", dir, err)
	}
	return nil
}

// elsewhere makes a folder in the first home that has room for it, and dir a link to it. If there is none, its error is
// why dir cannot be used, which is what somebody can change.
func elsewhere(dir string, as *syscall.Credential, homes []string, why error) (string, error) {
	for _, home := range homes {
		target, err := makeIn(home, as)
		if err != nil {
			continue
		}
		if err = os.Remove(dir); err == nil { // it is empty
			err = os.Symlink(target, dir)
		}
		if err != nil {
			return "", errors.Join(fmt.Errorf("make %s a link to %s: %w", dir, target, err), os.Remove(target))
		}
		return target, nil
	}
	return "", why
}

func makeIn(home string, as *syscall.Credential) (string, error) {
	if os.Mkdir(home, 0o755) == nil {
		if err := os.Chmod(home, 0o755); err != nil { // whatever the umask takes away
			return "", err
		}
	}
	if err := reachable(home); err != nil {
		return "", err
	}
	target, err := os.MkdirTemp(home, "paraphe-")
	if err != nil {
		return "", err
	}
	if err := usable(target, as); err != nil {
		return "", errors.Join(err, os.Remove(target))
	}
	return target, nil
}
