package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"

	"github.com/paraphe/paraphe/knative/local/childprocess"
)

// RepositorySetting names the variable with the address of the Maven repository that PostgreSQL is fetched from.
const RepositorySetting = "POSTGRES_REPOSITORY_URL"

// repository is where PostgreSQL's programs are fetched from, and the folder in which what was fetched is kept for the
// next time.
type repository struct{ url, cache string }

func fromEnvironment() repository {
	r := repository{url: cmp.Or(os.Getenv(RepositorySetting), "https://repo1.maven.org/maven2")}
	if cache, err := os.UserCacheDir(); err == nil {
		r.cache = filepath.Join(cache, "paraphe", "postgres")
	}
	return r
}

// fetch gets the programs over the network and returns the folder that they are in: dir/bin. dir is there as a whole or
// not at all, however the fetching ends.
func fetch(ctx context.Context, dir string, from repository) (string, error) {
	bin := filepath.Join(dir, "bin")
	if hasPrograms(bin) {
		return bin, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", fmt.Errorf("make the database's folder: %w", err)
	}
	removeParts(filepath.Dir(dir))
	part, err := os.MkdirTemp(filepath.Dir(dir), partPrefix)
	if err != nil {
		return "", fmt.Errorf("make a folder for PostgreSQL's programs: %w", err)
	}
	defer os.RemoveAll(part)
	if err := unpackWhile(ctx, part, from); err != nil {
		return "", fmt.Errorf("no PostgreSQL is installed here, and fetching one failed: install it (on Debian: apt-get install postgresql), "+
			"set DATABASE_URL to one that runs, or %s to a Maven repository that can be reached, such as https://repo1.maven.org/maven2 (it is %s): %w",
			RepositorySetting, from.url, err)
	}
	if err := errors.Join(os.RemoveAll(dir), os.Rename(filepath.Join(part, "programs"), dir)); err != nil {
		return "", fmt.Errorf("put PostgreSQL's programs into %s: %w", dir, err)
	}
	return bin, nil
}

// partPrefix begins the name of a folder in which programs are being unpacked.
const partPrefix = "fetching-"

// removeParts removes what fetches left that were killed.
func removeParts(dir string) {
	parts, _ := filepath.Glob(filepath.Join(dir, partPrefix+"*")) // the pattern is well formed, unless dir is odd: then they stay
	for _, part := range parts {
		_ = os.RemoveAll(part) // not ours, then
	}
}

// unpackWhile gives up when ctx ends: the library waits for its repository for ever.
func unpackWhile(ctx context.Context, part string, from repository) error {
	unpacked := make(chan error, 1)
	go func() { unpacked <- unpack(part, from) }()
	select {
	case err := <-unpacked:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// unpack fetches the programs into part/programs. The library can only fetch by starting a server; whether that start
// worked does not matter, since this package starts its own as the user that it chooses.
func unpack(part string, from repository) error {
	programs, runtime := filepath.Join(part, "programs"), filepath.Join(part, "runtime")
	port, err := childprocess.FreePort(context.Background())
	if err != nil {
		return err
	}
	cache := cmp.Or(from.cache, filepath.Join(part, "cache"))
	once := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().Port(uint32(port)).BinaryRepositoryURL(from.url).
		CachePath(cache).BinariesPath(programs).RuntimePath(runtime).DataPath(filepath.Join(part, "once")).Logger(nil))
	startErr := once.Start()
	if startErr == nil {
		startErr = once.Stop()
	}
	if _, err := os.Stat(runtime); err != nil { // the library makes it once everything is unpacked
		return errors.Join(cmp.Or(startErr, err), os.RemoveAll(cache)) // what cannot be unpacked is not kept for the next time
	}
	if !hasPrograms(filepath.Join(programs, "bin")) {
		return errors.Join(errors.New("what came has no PostgreSQL in its folder bin"), os.RemoveAll(cache))
	}
	return nil
}
