//go:build compose

package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// command runs a program in the project's folder and returns what it said; its error quotes what it complained of.
func command(ctx context.Context, in io.Reader, name string, args ...string) ([]byte, error) {
	return commandIn(ctx, os.Environ(), in, name, args...)
}

func commandIn(ctx context.Context, environment []string, in io.Reader, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env, c.Stdin = "../..", environment, in
	var out, complaints bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaints
	if err := c.Run(); err != nil {
		output := complaints.String()
		return nil, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, output[max(0, len(output)-3000):])
	}
	return out.Bytes(), nil
}

// compose is docker compose with this project's name, ports and secrets; its images are those of whoever starts the test.
func (i *installation) compose(ctx context.Context, args ...string) ([]byte, error) {
	return commandIn(ctx, i.environment, nil, "docker", append([]string{"compose", "--progress", "plain"}, args...)...)
}

// container is what the engine says of one.
type container struct {
	ID, Name     string
	Image        string // by its content
	RestartCount int
	Config       struct {
		Image  string
		Labels map[string]string
	}
	State struct {
		Running  bool
		Pid      int
		ExitCode int
	}
}

// containers are all of the project, by service; those of a `run` that has ended are gone.
func (i *installation) containers(ctx context.Context) (map[string]container, error) {
	ids, err := i.compose(ctx, "ps", "--all", "--quiet")
	if err != nil {
		return nil, err
	}
	text, err := command(ctx, nil, "docker", append([]string{"inspect"}, strings.Fields(string(ids))...)...)
	if err != nil {
		return nil, err
	}
	var list []container
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	all := map[string]container{}
	for _, c := range list {
		all[c.Config.Labels["com.docker.compose.service"]] = c
	}
	return all, nil
}

// running wants eleven containers, and that each of them runs.
func running(ctx context.Context, t *testing.T) map[string]container {
	t.Helper()
	all, err := here.containers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 11 { // six functions, four stand-ins and the database
		t.Fatalf("%d containers, want 11", len(all))
	}
	for name, c := range all {
		if !c.State.Running {
			t.Fatalf("%s does not run: it ended with %d", name, c.State.ExitCode)
		}
	}
	return all
}

// aside runs a program of the database's image as root where every process of the engine's machine can be seen, with the
// one capability that reading about them takes and beyond AppArmor, which on some machines allows neither that nor a kill.
func aside(ctx context.Context, t *testing.T, image string, args ...string) string {
	t.Helper()
	output, err := command(ctx, nil, "docker", append([]string{"run", "--rm", "--network", "none", "--pid", "host", "--user", "0",
		"--cap-add", "SYS_PTRACE", "--security-opt", "apparmor=unconfined", "--entrypoint", args[0], image}, args[1:]...)...)
	if err != nil {
		t.Fatal(err)
	}
	return string(output)
}

// measured is what was measured, in the order in which it was.
var measured table

type table []string

func (m *table) add(what, format string, args ...any) {
	*m = append(*m, fmt.Sprintf("| %s | %s |", what, fmt.Sprintf(format, args...)))
}

func (m *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n| what, on %s | measured |\n|---|---|\n%s\n", time.Now().Format(time.DateOnly), strings.Join(*m, "\n"))
}
