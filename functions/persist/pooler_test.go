package persist

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/internal/testkit/requires"
)

// poolSize is how many connections the pooler has for each role.
const poolSize = 3

// bouncer starts a real PgBouncer before the tests' Server, which gives each transaction another connection, and returns
// where it listens. users are names and passwords.
func bouncer(t testing.TB, users map[string]string) string {
	t.Helper()
	program := requires.Program(t, "pgbouncer", "pgbouncer")
	dir := t.TempDir()
	port := freePort(t)
	var list strings.Builder
	for name, word := range users {
		fmt.Fprintf(&list, "%q %q\n", name, word)
	}
	to, err := url.Parse(pgtest.Server)
	if err != nil {
		t.Fatal(err)
	}
	settings := fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\n"+
		"auth_type = scram-sha-256\nauth_file = %s/users\npool_mode = transaction\ndefault_pool_size = %d\n",
		to.Hostname(), to.Port(), port, dir, poolSize)
	for name, text := range map[string]string{"users": list.String(), "pgbouncer.ini": settings} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(program, filepath.Join(dir, "pgbouncer.ini"))
	asNobody(t, c, dir)
	var out strings.Builder
	c.Stderr = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		if _ = c.Wait(); t.Failed() {
			t.Log(out.String())
		}
	})
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	pgtest.Eventually(t, func() error {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			err = conn.Close()
		}
		return err
	})
	return address
}

// asNobody: PgBouncer does not run as root.
func asNobody(t testing.TB, c *exec.Cmd, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	for ; dir != filepath.Dir(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o005 != 0o005 {
			if err := os.Chmod(dir, info.Mode().Perm()|0o005); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// pooled makes a database of the test's own and returns the addresses of its owner and of a role to serve, by way of a
// pooler. A schema would not do: a pooler refuses to be told the search_path.
func pooled(t testing.TB) (owner, serving dsn.URL) {
	t.Helper()
	name := "d" + strings.ToLower(rand.Text())
	pgtest.Superuser(t, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		pgtest.Superuser(t, "DROP DATABASE "+name+" WITH (FORCE)")
		pgtest.Superuser(t, "DROP ROLE IF EXISTS serves_"+name)
	})
	u, err := url.Parse(pgtest.Server)
	if err != nil {
		t.Fatal(err)
	}
	word, _ := u.User.Password()
	u.Path, u.Host = "/"+name, bouncer(t, map[string]string{u.User.Username(): word, "serves_" + name: "a $ecret"})
	owner = dsn.URL(u.String())
	u.User = url.UserPassword("serves_"+name, "a $ecret")
	return owner, dsn.URL(u.String())
}

// backends is how many connections the pooler holds to the database for the role that serves.
func (r *fixture) backends() (n int) {
	r.t.Helper()
	u, err := url.Parse(string(r.serving))
	if err != nil {
		r.t.Fatal(err)
	}
	c, err := pgx.Connect(context.Background(), pgtest.Server)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close(context.Background())
	if err := c.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE usename = $1`, u.User.Username()).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// migrateAtOnce is four instances that start. It comes before anybody logs in as the role that serves, for which PgBouncer
// would remember for 15 s (server_login_retry) that there is none.
func migrateAtOnce(t *testing.T, owner, serving dsn.URL) {
	t.Helper()
	var migrating sync.WaitGroup
	for range 4 {
		migrating.Go(func() {
			if err := schema.Current().Migrate(context.Background(), dsn.Addresses{Owner: owner, Serving: serving}, time.Now); err != nil {
				t.Error(err)
			}
		})
	}
	migrating.Wait()
}

// TestEverythingWorksThroughATransactionPooler: eight clients of two instances do ten transactions each over three
// connections, whether the pooler is named or found, and nothing fails.
func TestEverythingWorksThroughATransactionPooler(t *testing.T) {
	t.Parallel()
	for _, setting := range []postgres.Pooler{postgres.AnyPooler, postgres.TransactionPooler} {
		t.Run(string(setting), func(t *testing.T) {
			t.Parallel()
			owner, serving := pooled(t)
			migrateAtOnce(t, owner, serving)
			r := fixtureAt(t, owner, serving)
			named := func(d *postgres.Database) { d.Pooler = setting }
			instances := []*fixture{r.beside(named), r.beside(named)}
			var working sync.WaitGroup
			for n := range 8 {
				r, id := instances[n%2], r.sent().ID
				working.Go(func() {
					for range 10 {
						if err := r.works(id); err != nil {
							t.Error(err)
						}
					}
				})
			}
			working.Wait()
			if n := r.backends(); n == 0 || n > poolSize {
				t.Errorf("%d connections were there: the pooler was passed by, or did not pool", n)
			}
		})
	}
}

// TestAPoolerThatIsDeniedIsBelievedWhenItShows: statements that were prepared for one are met by another, which is told to
// come again; from then on none are kept.
func TestAPoolerThatIsDeniedIsBelievedWhenItShows(t *testing.T) {
	t.Parallel()
	owner, serving := pooled(t)
	migrateAtOnce(t, owner, serving)
	r := fixtureAt(t, owner, serving)
	denied := func(d *postgres.Database) { d.Pooler = postgres.NoPooler }
	instances := []*fixture{r.beside(denied), r.beside(denied)}
	id := r.sent().ID
	good := 0
	pgtest.Eventually(t, func() error {
		for _, r := range instances {
			if err := r.works(id); err != nil {
				if good = 0; !isUnavailable(err) {
					t.Fatal(err)
				}
				return err
			}
		}
		if good++; good < 10 || !instances[0].parts.Database.BehindPooler() && !instances[1].parts.Database.BehindPooler() {
			return fmt.Errorf("%d times nothing failed", good)
		}
		return nil
	})
}
