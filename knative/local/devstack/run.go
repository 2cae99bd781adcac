package devstack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/paraphe/paraphe/knative/local/atomicfile"
)

// Run is where everything of a running stack is, for scripts and tests: .paraphe/run.json, mode 0600.
type Run struct {
	PID           int               `json:"pid"`
	Page          string            `json:"page"`
	Mailbox       string            `json:"mailbox"`
	Phone         string            `json:"phone"`
	Yousign       string            `json:"yousign"`
	Broker        string            `json:"broker"`
	Functions     map[string]string `json:"functions"` // name to address
	Processes     map[string]int    `json:"processes"` // name to process id; absent while it is scaled to zero
	Database      string            `json:"database"`
	Data          string            `json:"data,omitempty"`  // the folder of a private PostgreSQL
	Backup        string            `json:"backup_database"` // the same, as the role that makes backups
	WebhookSecret string            `json:"webhook_secret"`
	SignatureKey  string            `json:"signature_key"`
	MailKey       string            `json:"mail_key"`
	Accounts      []Account         `json:"accounts"`
}

// ReadRun reads the run.json of a stack that runs in dir. Its error wraps os.ErrNotExist if none does.
func ReadRun(dir string) (Run, error) {
	var r Run
	text, err := os.ReadFile(filepath.Join(dir, "run.json")) // the caller's own folder
	if err != nil {
		return r, fmt.Errorf("no Paraphe runs in %s: %w", dir, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s/run.json is malformed: %w", dir, err)
	}
	return r, nil
}

func (t *Stack) runFile() string { return filepath.Join(t.o.Dir, "run.json") }

// publishRun makes the demo accounts and writes down where everything is.
func (t *Stack) publishRun(ctx context.Context) error {
	t.mu.Lock()
	t.Run.Page, t.Run.Mailbox, t.Run.Phone = publicURL(t.listeners.page), publicURL(t.listeners.mailbox), publicURL(t.listeners.phone)
	t.Run.Yousign, t.Run.Broker = publicURL(t.listeners.yousign), internalURL(t.listeners.broker)
	t.Run.WebhookSecret, t.Run.SignatureKey, t.Run.MailKey = t.secrets.WebhookSecret, t.secrets.SignatureKey, t.secrets.MailKey
	t.Run.Functions = map[string]string{}
	for name, l := range t.listeners.functions {
		t.Run.Functions[name] = internalURL(l)
	}
	t.Run.Accounts = accounts
	t.mu.Unlock()
	if err := t.createAccounts(ctx); err != nil {
		return err
	}
	t.mu.Lock()
	t.Run.PID = os.Getpid() // from now on processes that come and go are written down: whoever reads it can log in
	t.mu.Unlock()
	return t.writeRun()
}

// processChanged notes a process that started or, with pid 0, ended.
func (t *Stack) processChanged(name string, pid int) {
	t.mu.Lock()
	if pid == 0 {
		delete(t.Run.Processes, name)
	} else {
		t.Run.Processes[name] = pid
	}
	written := t.Run.PID != 0
	t.mu.Unlock()
	if t.o.Changed != nil {
		t.o.Changed(name, pid)
	}
	if !written {
		return
	}
	if err := t.writeRun(); err != nil {
		t.o.Log.Error("run.json could not be written", "error", err.Error())
	}
}

// writeRun replaces run.json as a whole, so that no reader sees half of it.
func (t *Stack) writeRun() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.Run
	now.Processes = maps.Clone(t.Run.Processes)
	text, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	return atomicfile.Write(t.runFile(), append(text, '\n'))
}

// Processes are the process ids of the functions that run at the moment.
func (t *Stack) Processes() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.Run.Processes)
}
