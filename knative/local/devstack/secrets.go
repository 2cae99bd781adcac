package devstack

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/paraphe/paraphe/shared/auth"
)

// secrets are made once for a folder and kept in it with mode 0600: what was sealed and signed in one run opens in
// the next.
type secrets struct {
	SessionSeed      []byte            `json:"session_seed"`
	FunctionSeeds    map[string][]byte `json:"function_seeds"`
	SealKey          []byte            `json:"seal_key"`
	WebhookSecret    string            `json:"webhook_secret"` // 32 characters, as Yousign asks
	SignatureKey     string            `json:"signature_key"`
	MailKey          string            `json:"mail_key"`
	DatabasePassword string            `json:"database_password"`
}

func loadSecrets(file string) (secrets, error) {
	var s secrets
	kept, err := os.ReadFile(file) // our own folder
	if err == nil {
		if err := json.Unmarshal(kept, &s); err != nil {
			return s, fmt.Errorf("%s is malformed: %w", file, err)
		}
		return s, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return s, fmt.Errorf("read the secrets: %w", err)
	}
	s = newSecrets()
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return s, fmt.Errorf("write the secrets: %w", err)
	}
	return s, os.WriteFile(file, text, 0o600)
}

func newSecrets() secrets {
	s := secrets{
		SessionSeed: newSeed(), SealKey: newSeed(), FunctionSeeds: map[string][]byte{},
		WebhookSecret: (rand.Text() + rand.Text())[:32], SignatureKey: rand.Text(), MailKey: "SG." + rand.Text(), DatabasePassword: rand.Text(),
	}
	for _, name := range functionNames() {
		s.FunctionSeeds[name] = newSeed()
	}
	return s
}

func newSeed() []byte {
	b := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(b) // never fails
	return b
}

// namedKey writes a key as the settings are written: id:base64url.
func namedKey(id string, key []byte) string {
	return id + ":" + base64.RawURLEncoding.EncodeToString(key)
}

func namedPublicKey(id string, seed []byte) string {
	keys := auth.PrivateKeys{auth.NewPrivateKey(id, seed)}
	return keys.Public().String()
}

// lockDir refuses a second stack in the folder. The kernel frees the lock when the process ends, however it ends.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir+"/lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of %s: %w", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("a Paraphe already runs in %s: use it (its addresses are in run.json), stop it with Ctrl-C, or name another folder, for example DIR=.paraphe2", dir)
	}
	return f, nil
}
