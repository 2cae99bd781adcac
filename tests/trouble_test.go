package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// A function that lacks a setting says so in one line that names both, and ends with 1 before it listens.
func TestAMissingSettingIsNamedBeforeListening(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	for _, m := range paraphe.Manifests() {
		required := reflect.TypeOf(m.Settings)
		for i := range required.NumField() {
			f := required.Field(i)
			if f.Tag.Get("required") != "true" {
				continue
			}
			c := exec.CommandContext(ctx, filepath.Join(programs, m.Name))
			c.Env = append(allSet(required, f.Tag.Get("envconfig")), "LISTEN_ADDRESS=127.0.0.1:0")
			out, err := c.CombinedOutput()
			if c.ProcessState.ExitCode() != 1 || strings.Count(string(out), "\n") != 1 ||
				!strings.Contains(string(out), m.Name) || !strings.Contains(string(out), f.Tag.Get("envconfig")) {
				t.Errorf("%s without %s: %v: %s", m.Name, f.Tag.Get("envconfig"), err, out)
			}
		}
	}
}

// allSet sets every setting but one; what stands in them is not looked at before all are there.
func allSet(settings reflect.Type, but string) []string {
	var env []string
	for i := range settings.NumField() {
		if name := settings.Field(i).Tag.Get("envconfig"); name != but && settings.Field(i).Tag.Get("required") == "true" {
			env = append(env, name+"=x")
		}
	}
	return env
}

func TestATakenPortAndASecondStackAreReported(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	options := devstack.Options{Dir: filepath.Join(folder, "taken"), Eventing: "../eventing", Programs: programs, DatabaseURL: server, Log: slog.New(slog.DiscardHandler)}
	options.Port = taken.Addr().(*net.TCPAddr).Port
	if _, err := devstack.Start(t.Context(), options); err == nil || !strings.Contains(err.Error(), "make run PORT=") {
		t.Errorf("a taken port: %v", err)
	}
	options.Port, options.Dir = 0, o.Dir()
	if _, err := devstack.Start(t.Context(), options); err == nil || !strings.Contains(err.Error(), "already runs in") {
		t.Errorf("a second stack: %v", err)
	}
}

// What nobody can read is refused at once, or kept where an administrator sees it with its cause.
func TestBadRequestsAndEventsAreRefusedAndKept(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	token := logIn(t, o, 2)
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"an unknown field": {`{"template": "service-agreement", "wrong": 1}`, http.StatusUnprocessableEntity},
		"too large":        {`{"title": "` + strings.Repeat("x", 1<<20) + `"}`, http.StatusRequestEntityTooLarge},
		"no JSON":          {`{`, http.StatusBadRequest},
	} {
		if got := post(t, o.Run.Page+"/api/v1/contracts", logIn(t, o, 0), c.body, nil); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	e := events.Event{ID: "x", Source: "orchestrate", Subject: contract.ID(strings.Repeat("a", 26)), Time: time.Now(), Payload: misfit{7}}
	e = signed(t, e, stolen(t, o, "orchestrate"), "orchestrate")
	if got := carry(t, o.Run.Broker, e); got != http.StatusAccepted {
		t.Fatalf("the broker answered %d", got)
	}
	eventually(t, "the malformed event is among the dead letters", func() bool {
		kept := get(t, o.Run.Page+"/api/v1/dead-letters", token)
		return strings.Contains(kept, "mail.send") && strings.Contains(kept, "422")
	})
}

// misfit is a mail.send of another version of orchestrate: send-mail cannot read it.
type misfit struct {
	Notification int `json:"kind"`
}

func (misfit) Type() string { return "mail.send" }

func logIn(t *testing.T, o *devstack.Stack, account int) string {
	t.Helper()
	a := o.Run.Accounts[account]
	body, _ := json.Marshal(map[string]string{"email": a.Email, "password": a.Password})
	answer, err := caller.Post(o.Run.Page+"/api/v1/session", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var session struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&session); err != nil || session.Token == "" {
		t.Fatalf("log in: %s, %v", answer.Status, err)
	}
	return session.Token
}

func post(t *testing.T, address, token, body string, header map[string]string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := caller.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func get(t *testing.T, address, token string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := caller.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return string(text)
}
