// Package postgres gives one machine a real PostgreSQL of its own: for `make run`, and for every test that needs
// one. Production code never sees it; it only gets an address.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/paraphe/paraphe/knative/local/childprocess"
)

// startTimeout bounds how long a start may take, recovery after a crash included.
const startTimeout = 60 * time.Second

// superuser owns the private cluster.
const superuser = "postgres"

// Server is a running PostgreSQL.
type Server struct {
	URL string // of the database "postgres", as superuser

	bin, dir string
	port     int
	as       *syscall.Credential
	process  *exec.Cmd
	exited   chan error
}

// Start starts the private cluster in dir, making it first if there is none, with programs found on the machine or
// fetched. It listens on a free port of 127.0.0.1 and wants a password that is kept in dir. It is durable: what was
// committed is there at the next Start. Where the user that it has to run as cannot get to dir, the data lie elsewhere
// and dir is a link: see Dir. The error says what to do.
func Start(ctx context.Context, dir string) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", dir, err)
	}
	as, err := runner()
	if err != nil {
		return nil, err
	}
	if dir, err = place(dir, as, homes); err != nil {
		return nil, err
	}
	bin, err := programs(ctx, filepath.Join(dir, "fetched"))
	if err != nil {
		return nil, err
	}
	return startIn(ctx, bin, dir, as)
}

// startIn starts the cluster in dir with the programs in bin.
func startIn(ctx context.Context, bin, dir string, as *syscall.Credential) (*Server, error) {
	if err := handOver(dir, as); err != nil {
		return nil, err
	}
	password, err := initialise(ctx, bin, dir, as)
	if err != nil {
		return nil, err
	}
	port, err := childprocess.FreePort(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{URL: address(password, port), bin: bin, dir: dir, port: port, as: as}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// initialise makes the cluster if there is none, and returns its password.
func initialise(ctx context.Context, bin, dir string, as *syscall.Credential) (string, error) {
	cluster, passwordFile := filepath.Join(dir, "cluster"), filepath.Join(dir, "password")
	if _, err := os.Stat(filepath.Join(cluster, "PG_VERSION")); err == nil {
		kept, err := os.ReadFile(passwordFile)
		return strings.TrimSpace(string(kept)), err
	}
	password := rand.Text()
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the database's password: %w", err)
	}
	if as != nil {
		if err := os.Chown(passwordFile, int(as.Uid), int(as.Gid)); err != nil {
			return "", fmt.Errorf("write the database's password: %w", err)
		}
	}
	// the program was found by programs, not given by a stranger
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", cluster, "--username", superuser,
		"--pwfile", passwordFile, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--data-checksums")
	runAs(initdb, as)
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb failed in %s: %w: %s", dir, err, childprocess.LastLine(out))
	}
	return password, nil
}

// start starts the server's process and returns when it accepts connections.
func (s *Server) start(ctx context.Context) error {
	logFile := filepath.Join(s.dir, "postgres.log")
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer log.Close()
	// as above
	c := exec.Command(filepath.Join(s.bin, "postgres"), "-D", filepath.Join(s.dir, "cluster"), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "log_min_messages=warning")
	c.Stdout, c.Stderr = log, log
	runAs(c, s.as)
	if err := c.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	exited := make(chan error, 1)
	s.process, s.exited = c, exited
	go func() { exited <- c.Wait() }()
	if err := s.await(ctx, logFile); err != nil {
		_ = c.Process.Kill()
		return err
	}
	return nil
}

// Crash ends the server at once, as a lost machine would, and starts it again at the same address. What was committed is
// there.
func (s *Server) Crash(ctx context.Context) error {
	if err := s.process.Process.Kill(); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-s.exited
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.start(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		select { // the killed server's children may hold its memory for a moment
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func address(password string, port int) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, password), Host: "127.0.0.1:" + strconv.Itoa(port),
		Path: "/postgres", RawQuery: "sslmode=disable"}
	return u.String()
}

// await returns when the server accepts connections.
func (s *Server) await(ctx context.Context, logFile string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if err := ping(ctx, s.URL); err == nil {
			return nil
		}
		select {
		case err := <-s.exited:
			output, _ := os.ReadFile(logFile)
			return fmt.Errorf("PostgreSQL ended at once (%w); its log %s ends: %s", err, logFile, childprocess.LastLine(output))
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not answer within %s; see %s", startTimeout, logFile)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server: transactions in progress are rolled back, what was committed stays.
func (s *Server) Stop() error {
	if err := s.process.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(startTimeout):
		return errors.New("PostgreSQL does not stop")
	}
}

// Dir is where the data lie.
func (s *Server) Dir() string { return s.dir }

// PID is the server's process id.
func (s *Server) PID() int { return s.process.Process.Pid }
