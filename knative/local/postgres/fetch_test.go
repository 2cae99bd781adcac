package postgres

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/internal/testkit/requires"
)

// jar is a jar with this machine's own PostgreSQL, as a Maven repository has it.
func jar(t *testing.T) []byte {
	t.Helper()
	bin, found := installed()
	if !found {
		requires.Missing(t, "no PostgreSQL is installed that could be fetched (on Debian: apt-get install postgresql)")
	}
	program, err := filepath.EvalSymlinks(filepath.Join(bin, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	bin = filepath.Dir(program)
	folder := t.TempDir()
	for from, to := range map[string]string{
		bin + "/initdb": "bin", bin + "/postgres": "bin", bin + "/pg_ctl": "bin", filepath.Dir(bin) + "/lib/plpgsql.so": "lib",
		filepath.Dir(bin) + "/lib/dict_snowball.so": "lib", // the two that a database is made with
	} {
		files, err := filepath.Glob(from)
		if err == nil {
			err = os.MkdirAll(filepath.Join(folder, to), 0o755)
		}
		if err == nil {
			err = exec.CommandContext(t.Context(), "cp", append(files, filepath.Join(folder, to))...).Run()
		}
		if err != nil {
			t.Fatalf("copy %s: %v", from, err)
		}
	}
	pack := exec.CommandContext(t.Context(), "tar", "-C", folder, "--use-compress-program", requires.Program(t, "xz", "xz-utils")+" -0", "-c", "bin", "lib")
	packed, err := pack.Output()
	if err != nil {
		t.Fatalf("pack PostgreSQL: %v", err)
	}
	return zipped(t, "postgres-test.txz", packed)
}

func zipped(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var all bytes.Buffer
	z := zip.NewWriter(&all)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name}) // stored: it is packed already
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

// maven is a Maven repository that has one jar under every name, and its checksum beside it.
func maven(jar []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/io/zonky/test/postgres/embedded-postgres-binaries-"):
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".jar.sha256"):
			sum := sha256.Sum256(jar)
			fmt.Fprint(w, hex.EncodeToString(sum[:]))
		default:
			_, _ = w.Write(jar)
		}
	}
}

// A PostgreSQL that was fetched keeps what it is told, and is not fetched twice: neither for the same folder nor for another.
func TestAFetchedPostgreSQLServes(t *testing.T) {
	t.Parallel()
	as, err := runner()
	if err != nil {
		t.Fatal(err)
	}
	whole := maven(jar(t))
	fetches := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetches++
		whole(w, r)
	}))
	t.Cleanup(s.Close)
	from := repository{s.URL, filepath.Join(t.TempDir(), "cache")}
	dir := open(t)
	bin, err := fetch(t.Context(), filepath.Join(dir, "fetched"), from)
	if err != nil {
		t.Fatal(err)
	}
	serves(t, bin, dir, func(ctx context.Context) (*Server, error) { return startIn(ctx, bin, dir, as) })
	for _, again := range []string{dir, open(t)} {
		if _, err := fetch(t.Context(), filepath.Join(again, "fetched"), from); err != nil {
			t.Error(err)
		}
	}
	if fetches != 2 { // the jar and its checksum
		t.Errorf("the repository was asked %d times", fetches)
	}
}

func serves(t *testing.T, bin, dir string, start func(context.Context) (*Server, error)) {
	t.Helper()
	s, err := start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	c, err := pgx.Connect(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), `CREATE TABLE IF NOT EXISTS kept ()`); err != nil {
		t.Error(err)
	}
	program, err := os.Readlink("/proc/" + strconv.Itoa(s.PID()) + "/exe")
	if err == nil && program != filepath.Join(bin, "postgres") || !strings.HasPrefix(bin, dir) {
		t.Errorf("%s serves", program)
	}
}

// What cannot be fetched is told with its address, and nothing of it stays.
func TestAFetchThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	small := zipped(t, "postgres.txz", []byte("no archive"))
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  string
	}{
		"not found":        {http.NotFound, "no version found"},
		"wrong checksum":   {wrongChecksum(small), "checksums do not match"},
		"cut":              {cut(small), "unexpected EOF"},
		"no archive in it": {maven(small), "unable to extract"},
		"no jar":           {maven([]byte("<html>log in to the hotel's network</html>")), "zip: not a valid zip file"},
		"another jar":      {maven(zipped(t, "readme.md", nil)), "cannot find binary in archive"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(c.serve)
			t.Cleanup(s.Close)
			top := t.TempDir()
			dir, cache := filepath.Join(top, "postgres"), filepath.Join(top, "cache")
			assertNoFetch(t, dir, repository{s.URL, cache}, c.want)
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		assertNoFetch(t, filepath.Join(t.TempDir(), "postgres"), repository{"http://127.0.0.1:1", ""}, "unable to connect to http://127.0.0.1:1")
	})
}

// A fetch that its caller gives up ends, whatever the repository does.
func TestAFetchThatIsGivenUpEnds(t *testing.T) {
	t.Parallel()
	ctx, giveUp := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		giveUp()
		<-r.Context().Done()
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	dir := filepath.Join(t.TempDir(), "postgres")
	if bin, err := fetch(ctx, filepath.Join(dir, "fetched"), repository{s.URL, ""}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v", bin, err)
	}
}

func assertNoFetch(t *testing.T, dir string, from repository, want string) {
	t.Helper()
	bin, err := fetch(t.Context(), filepath.Join(dir, "fetched"), from)
	if err == nil {
		t.Fatalf("%s was fetched", bin)
	}
	for _, part := range []string{want, from.url, RepositorySetting, "apt-get install postgresql", "DATABASE_URL"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q says nothing of %q", err, part)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	kept, _ := filepath.Glob(filepath.Join(from.cache, "*"))
	if from.cache != "" && len(kept) > 0 || len(left) > 0 {
		t.Errorf("there is still %q, %q", left, kept)
	}
}

// wrongChecksum serves the checksum of something else.
func wrongChecksum(jar []byte) http.HandlerFunc {
	right, other := maven(jar), maven([]byte("something else"))
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			other(w, r)
			return
		}
		right(w, r)
	}
}

// cut ends the connection in the middle of the jar.
func cut(jar []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(jar)))
		_, _ = w.Write(jar[:len(jar)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
