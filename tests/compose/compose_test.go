//go:build compose

// Package compose tries compose.yaml and the Dockerfile on a real Docker: it builds the images, starts everything as a
// project of its own with secrets, ports and volumes of its own, and takes all of it away again. `make compose-test` runs
// it. Processes are looked at and killed on the engine's machine, out of the database's image, for ours have no shell.
package compose

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

const (
	patience      = 5 * time.Minute // bounds a test, whatever is done to the containers meanwhile
	administrator = "administrator@paraphe.example"
)

// here is the installation, made once by TestMain.
var here *installation

// installation is Paraphe as a project of its own.
type installation struct {
	project, folder string
	environment     []string // of every docker compose
	manager         *scenario.Run
	customers       int
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	defer cancel()
	here = &installation{project: "paraphe-test-" + strings.ToLower(rand.Text()[:8])}
	defer here.remove()
	if err := here.install(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := m.Run()
	if status != 0 {
		output, _ := here.compose(context.Background(), "logs", "--no-color", "--tail", "30")
		fmt.Fprintf(os.Stderr, "%s\n", output)
	}
	measured.print(os.Stdout)
	return status
}

// install does what `make compose` does.
func (i *installation) install(ctx context.Context) error {
	var err error
	if i.folder, err = os.MkdirTemp("", "paraphe-compose-"); err != nil {
		return err
	}
	if err := i.settle(); err != nil {
		return err
	}
	if _, err := command(ctx, nil, "go", "run", "./knative/keys", "-env", filepath.Join(i.folder, "compose"),
		"-administrator", administrator, "-database", "postgres://postgres:5432/paraphe?sslmode=disable"); err != nil {
		return err
	}
	if err := i.describe(ctx); err != nil {
		return err
	}
	began := time.Now()
	if _, err := i.compose(ctx, "--profile", "scenario", "build"); err != nil {
		return err
	}
	measured.add("the images built", "%.0f s", time.Since(began).Seconds())
	began = time.Now()
	if err := i.start(ctx); err != nil {
		return err
	}
	err = i.createManager(ctx)
	measured.add("from the first start, with an empty database, to a manager who can log in", "%.1f s", time.Since(began).Seconds())
	return err
}

// settle chooses the ports, and says so in the environment; the images are those of whoever starts the test.
func (i *installation) settle() error {
	i.environment = append(os.Environ(), "DOCKER_BUILDKIT=1", "COMPOSE_PROJECT_NAME="+i.project, "DIR="+i.folder)
	addresses := map[string]string{}
	for _, setting := range []string{"PORT", "MAILBOX_PORT", "PHONE_PORT", "SIGNATURE_PORT"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close() // all are held until each has its own
		_, port, _ := net.SplitHostPort(l.Addr().String())
		i.environment = append(i.environment, setting+"="+port)
		addresses[setting] = "http://localhost:" + port
	}
	i.manager = &scenario.Run{
		Addresses: scenario.Addresses{Page: addresses["PORT"], Mailbox: addresses["MAILBOX_PORT"], Phone: addresses["PHONE_PORT"]},
		Manager:   scenario.Account{Email: "manager@paraphe.example", Password: rand.Text()}, Patient: true,
	}
	return nil
}

// describe notes which engine it is that is measured.
func (i *installation) describe(ctx context.Context) error {
	engine, err := command(ctx, nil, "docker", "version", "--format", "{{.Server.Version}}, {{.Server.Os}}/{{.Server.Arch}}")
	if err != nil {
		return err
	}
	tool, err := i.compose(ctx, "version", "--short")
	measured.add("Docker; Compose", "%s; %s", strings.TrimSpace(string(engine)), strings.TrimSpace(string(tool)))
	return err
}

func (i *installation) start(ctx context.Context) error {
	_, err := i.compose(ctx, "up", "--detach")
	return err
}

// createManager makes the manager's account, as the administrator does whose password lies among the secrets.
func (i *installation) createManager(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(i.folder, "compose", "scenario.env"))
	if err != nil {
		return err
	}
	account := strings.Trim(strings.TrimPrefix(strings.TrimSpace(string(text)), "ADMINISTRATOR="), "'")
	email, password, _ := strings.Cut(account, ":")
	return i.manager.MakeManager(ctx, scenario.Account{Email: email, Password: password})
}

// remove takes everything away, also after half an installation.
func (i *installation) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := i.compose(ctx, "--profile", "scenario", "down", "--volumes", "--rmi", "local", "--remove-orphans")
	if err = errors.Join(err, os.RemoveAll(i.folder)); err != nil {
		fmt.Fprintf(os.Stderr, "not everything of %s could be removed: %v\n", i.project, err)
	}
}
