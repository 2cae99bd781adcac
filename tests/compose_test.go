package tests

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"sigs.k8s.io/yaml"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/postgres"
)

// service is a container of compose.yaml, as far as a process can be one.
type service struct {
	Build       struct{ Args struct{ PROGRAM string } }
	Command     []string
	EnvFile     string `json:"env_file"`
	Environment map[string]string
}

// unset finds what a setting of whoever starts it would change, with what it is otherwise.
var unset = regexp.MustCompile(`\$\{[A-Z_]+:-([^}]*)\}`)

// composeProject runs what compose.yaml starts as processes of this machine: the same programs with the same settings, with
// addresses on this machine in place of the containers' names.
type composeProject struct {
	t        *testing.T
	dir      string
	services map[string]service
	ports    map[string]string
	database *url.URL
	names    string // a proxy that knows the containers by name, for whoever makes addresses out of names
}

func TestComposeServicesPlayTheScenario(t *testing.T) {
	t.Parallel()
	v := settle(t)
	for name, s := range v.services {
		if name != "scenario" && name != "postgres" {
			v.start(name, s)
		}
	}
	ctx, cancel := timeouts.Context(t.Context(), tale)
	defer cancel()
	out, err := v.command(ctx, "scenario", v.services["scenario"]).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is completed") {
		t.Fatalf("the scenario: %v\n%s", err, out)
	}
}

// settle makes the secrets as `make compose` does, the programs, a database with its owner, and a port for each container.
func settle(t *testing.T) *composeProject {
	t.Helper()
	v := &composeProject{t: t, dir: t.TempDir(), ports: map[string]string{}}
	text, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Services map[string]service }
	if err := yaml.Unmarshal(unset.ReplaceAll(text, []byte("$1")), &file); err != nil {
		t.Fatal(err)
	}
	v.services = file.Services
	v.run("go", "run", "./knative/keys", "-administrator", "admin@example.org",
		"-database", "postgres://postgres:5432/composed?sslmode=disable", "-env", filepath.Join(v.dir, ".paraphe", "compose"))
	v.run("go", "build", "-o", filepath.Join(v.dir, "local"), "./knative/local")
	for name := range v.services {
		v.ports[name] = freePort(t)
	}
	v.makeDatabase()
	v.makeFolders()
	v.nameThem()
	return v
}

// run runs a command in the project's folder.
func (v *composeProject) run(name string, args ...string) {
	v.t.Helper()
	c := exec.Command(name, args...)
	c.Dir = ".."
	if out, err := c.CombinedOutput(); err != nil {
		v.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// freePort returns a port that is free and stays so: it is none of those that the system gives to whoever does not ask for
// a certain one (from 32768 on in Linux), and is returned once.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := strconv.Itoa(20000 + rand.IntN(12000))
		if _, given := portsGiven.LoadOrStore(port, true); given {
			continue
		}
		if l, err := net.Listen("tcp", ":"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port from 20000 to 31999 is free")
	return ""
}

var portsGiven sync.Map

// makeDatabase does what the image of PostgreSQL does with its environment, on a server of its own: roles belong to the
// whole server, and these have the names that compose.yaml gives them.
func (v *composeProject) makeDatabase() {
	v.t.Helper()
	own, err := postgres.Start(context.Background(), filepath.Join(folder, fmt.Sprintf("composed_%d", stacks.Add(1))))
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = own.Stop() })
	if v.database, err = url.Parse(own.URL); err != nil {
		v.t.Fatal(err)
	}
	c, err := pgx.Connect(v.t.Context(), own.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	defer c.Close(context.Background())
	owner := v.file("postgres")
	for _, statement := range []string{
		fmt.Sprintf("CREATE ROLE %s SUPERUSER LOGIN PASSWORD '%s'", owner["POSTGRES_USER"], owner["POSTGRES_PASSWORD"]),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", owner["POSTGRES_DB"], owner["POSTGRES_USER"]),
	} {
		if _, err := c.Exec(v.t.Context(), statement); err != nil {
			v.t.Fatal(err)
		}
	}
}

// makeFolders makes what the containers have as volumes, and lets yousign call from this machine.
func (v *composeProject) makeFolders() {
	v.t.Helper()
	if err := os.Mkdir(filepath.Join(v.dir, "addresses"), 0o700); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(v.dir, "addresses", "yousign.main"), []byte("127.0.0.1\n"), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

func (v *composeProject) nameThem() {
	s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		name, _, _ := strings.Cut(r.In.Host, ":")
		r.Out.URL.Scheme, r.Out.URL.Host = "http", "127.0.0.1:"+v.ports[name]
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) }})
	v.t.Cleanup(s.Close)
	v.names = s.URL
}

// file reads the settings that a container is given as a file.
func (v *composeProject) file(name string) map[string]string {
	all := map[string]string{}
	text, _ := os.ReadFile(filepath.Join(v.dir, ".paraphe", "compose", name+".env")) // some have none
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		all[key] = strings.Trim(value, "'")
	}
	return all
}

// named finds a container's address in a setting.
var named = regexp.MustCompile(`http://([a-z-]+):8080`)

func (v *composeProject) environment(name string, s service) []string {
	all := v.file(strings.TrimSuffix(filepath.Base(s.EnvFile), ".env"))
	for key, value := range s.Environment {
		all[key] = value
	}
	env := []string{"PORT=" + v.ports[name], "HTTP_PROXY=" + v.names}
	for key, value := range all {
		value = named.ReplaceAllStringFunc(value, func(address string) string {
			if port, is := v.ports[named.FindStringSubmatch(address)[1]]; is {
				return "http://127.0.0.1:" + port
			}
			return address
		})
		switch key {
		case "KEPT_IN":
			value = filepath.Join(v.dir, name)
		case "EVENTING":
			value = "../eventing"
		case "WEBHOOK_ADDRESS_LISTS":
			value = filepath.Join(v.dir, "addresses")
		}
		env = append(env, key+"="+strings.ReplaceAll(value, "@postgres:5432", "@"+v.database.Host))
	}
	return append(env, "ITSELF=http://127.0.0.1:"+v.ports[name])
}

func (v *composeProject) command(ctx context.Context, name string, s service) *exec.Cmd {
	program := filepath.Join(v.dir, "local")
	if s.Build.Args.PROGRAM != "knative/local" {
		program = filepath.Join(programs, filepath.Base(s.Build.Args.PROGRAM))
	}
	c := exec.CommandContext(ctx, program, s.Command...)
	c.Env = v.environment(name, s)
	return c
}

// start starts a container's process; the test ends with every one told to end, and ended well.
func (v *composeProject) start(name string, s service) {
	v.t.Helper()
	if err := os.MkdirAll(filepath.Join(v.dir, name), 0o700); err != nil {
		v.t.Fatal(err)
	}
	c := v.command(context.Background(), name, s)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() {
		late, cancel := timeouts.Context(context.Background(), patience)
		defer cancel()
		defer context.AfterFunc(late, func() { _ = c.Process.Kill() })() // before cancel
		if err := c.Process.Signal(os.Interrupt); err != nil {
			v.t.Errorf("%s had ended: %v", name, err)
		}
		if err := c.Wait(); err != nil || v.t.Failed() {
			v.t.Errorf("%s ended with %v:\n%.6000s", name, err, out.String())
		}
	})
}
