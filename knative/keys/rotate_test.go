package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// TestNoEventIsRefusedDuringARotation: at each step, functions that started with the secrets before
// it and functions that start with those after it believe each other.
func TestNoEventIsRefusedDuringARotation(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "0")
	if _, output, status := keys(t, "-out", dir); status != 0 {
		t.Fatal(output)
	}
	before, signers := contents(t, dir), []string{}
	for i, step := range []string{"add", "use", "drop", "add", "use", "drop"} {
		next := filepath.Join(filepath.Dir(dir), fmt.Sprint(i+1))
		if _, output, status := keys(t, "-from", dir, "-rotate", step, "-keys", "function,session,seal,webhook", "-out", next); status != 0 {
			t.Fatal(output)
		}
		after := contents(t, next)
		for _, pair := range [][2]map[string]string{{before, after}, {after, before}, {after, after}} {
			signers = append(signers, believes(t, pair[0], pair[1]))
			opens(t, pair[0], pair[1])
		}
		dir, before = next, after
	}
	if used := slices.Compact(signers); !slices.Equal(slices.Compact(slices.Sorted(slices.Values(used))), []string{"send-mail", "send-mail_2", "send-mail_3"}) {
		t.Errorf("signed with %v", used)
	}
	if left := before["paraphe-orchestrate/session-keys"]; !strings.HasPrefix(left, "session_3:") || strings.Contains(left, ",") || len(before["paraphe-receive-webhook/webhook-secrets"]) != len("main:")+32 {
		t.Errorf("in the end there is %d characters of session keys", len(left))
	}
}

// believes requires that persist with these secrets believes send-mail with those, and returns the key's name.
func believes(t *testing.T, listener, speaker map[string]string) string {
	t.Helper()
	var private auth.PrivateKeys
	var public auth.PublicKeys
	if err := private.Decode(speaker["paraphe-send-mail/function-key"]); err != nil {
		t.Fatal(err)
	}
	if err := public.Decode(listener["paraphe-persist/function-public-keys"]); err != nil {
		t.Fatal(err)
	}
	author, err := auth.NewAuthor(function.Boot{Name: "send-mail"}, private, public)
	if err != nil {
		t.Fatal(err)
	}
	output, err := author.Sign(events.Event{ID: "1", Source: "send-mail", Subject: "c1", Time: time.Now(), Payload: events.MailSent{}})
	if err == nil {
		_, err = author.Verify(output, events.ByBroker())
	}
	if err != nil {
		t.Error(err)
	}
	return output.Signature.Key
}

// opens requires that receive-webhook with these secrets opens what orchestrate sealed with those.
func opens(t *testing.T, listener, speaker map[string]string) {
	t.Helper()
	var sealing, opening auth.SealKeys
	if err := sealing.Decode(speaker["paraphe-orchestrate/seal-keys"]); err != nil {
		t.Fatal(err)
	}
	if err := opening.Decode(listener["paraphe-receive-webhook/seal-keys"]); err != nil {
		t.Fatal(err)
	}
	address := auth.SealContext{Service: "yousign", Environment: "sandbox", Slot: "main"}
	sealed, err := sealing.Seal(auth.Sealed{SealContext: address, Contract: "c1", Attempt: 1})
	if err == nil {
		_, err = opening.Open(sealed, address)
	}
	if err != nil {
		t.Error(err)
	}
}

// Dropping a key of one slot would refuse another's webhooks.
func TestWebhookSecretsOfSeveralSlotsAreNotRotatedTogether(t *testing.T) {
	t.Parallel()
	s := &secrets{values: map[string]map[string]string{"receive-webhook": {"WEBHOOK_SECRETS": newSecret("main") + "," + newSecret("second")}}}
	if err := s.rotate("drop", []string{"webhook"}); err == nil || !strings.Contains(err.Error(), "[main second]") {
		t.Errorf("rotated with %v", err)
	}
}
