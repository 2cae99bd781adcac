package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/paraphe/paraphe/knative/local/childprocess"
)

// runner is the user that the server has to run as: nil for the user of this process. PostgreSQL refuses to run as root.
func runner() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	return unprivileged()
}

// handOver gives dir and what is in it to the user that the server runs as.
func handOver(dir string, as *syscall.Credential) error {
	if as == nil {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != dir && d.IsDir() && ownedBy(path, as) {
			return filepath.SkipDir // a cluster that is theirs already, with its many files
		}
		return os.Lchown(path, int(as.Uid), int(as.Gid))
	})
	if err != nil {
		return fmt.Errorf("hand the database's folder to an unprivileged user: %w", err)
	}
	return nil
}

func ownedBy(path string, as *syscall.Credential) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && owner.Uid == as.Uid
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as: set DATABASE_URL")
}

// reachable reports a folder on the way that an unprivileged user may not pass.
func reachable(dir string) error {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("look at %s: %w", dir, err)
		}
		if info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("PostgreSQL does not run as root, and other users may not enter %s: "+
				"move the project, run as another user, or set DATABASE_URL", dir)
		}
	}
	return nil
}

// runAs makes c run as that user, in a process group of its own: Ctrl-C in the terminal is for us, and we stop the
// database last.
func runAs(c *exec.Cmd, as *syscall.Credential) {
	c.SysProcAttr = childprocess.Attributes(as, syscall.SIGINT) // ends the server at once, so that the next one can start
	c.Dir = "/"
}
