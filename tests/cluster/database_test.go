//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/local/postgres"
)

// database is a PostgreSQL of this machine behind an address that pods reach, and that stays when it is restarted.
type database struct {
	address  string // host and port
	dir      string
	server   *postgres.Server
	target   atomic.Value // where the server listens; empty: nowhere
	listener net.Listener
}

func openDatabase(ctx context.Context, dir string) (*database, error) {
	host, err := reachable(ctx)
	if err != nil {
		return nil, err
	}
	d := &database{dir: dir}
	if d.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0")); err != nil {
		return nil, err
	}
	d.address = d.listener.Addr().String()
	go d.admit()
	return d, d.start(ctx)
}

func (d *database) start(ctx context.Context) error {
	server, err := postgres.Start(ctx, d.dir)
	if err != nil {
		return err
	}
	u, err := url.Parse(server.URL)
	if err != nil {
		return err
	}
	d.server = server
	d.target.Store(u.Host)
	return nil
}

// stop ends the server, and with it every connection.
func (d *database) stop() error {
	d.target.Store("")
	if d.server == nil {
		return nil
	}
	return d.server.Stop()
}

// admit leads whoever comes on to the server, if there is one.
func (d *database) admit() {
	for {
		from, err := d.listener.Accept()
		if err != nil {
			return
		}
		target, _ := d.target.Load().(string)
		to, err := net.Dial("tcp", target)
		if err != nil {
			_ = from.Close()
			continue
		}
		go carry(from, to)
		go carry(to, from)
	}
}

func carry(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = from.Close(), to.Close()
}

// create makes the database and the role that owns it, as an operator does.
func (d *database) create(ctx context.Context, owner string) error {
	u, err := url.Parse(owner)
	if err != nil {
		return err
	}
	c, err := pgx.Connect(ctx, d.server.URL)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	password, _ := u.User.Password()
	for _, statement := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN CREATEROLE PASSWORD '%s'", u.User.Username(), password),
		"CREATE DATABASE paraphe OWNER " + u.User.Username(),
	} {
		if _, err := c.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
