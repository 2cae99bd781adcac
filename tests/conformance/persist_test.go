// Package conformance_test runs the conformance suites against the real functions and against the fakes that stand in for
// them in other tests.
package conformance_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/conformance"
	"github.com/paraphe/paraphe/internal/testkit/fakepersist"
	"github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const publicURL = "https://paraphe.example"

// installation is the keys of one, and what asks with them.
type installation struct {
	conformance.Persist
	public auth.PublicKeys
}

func install(t *testing.T) *installation {
	t.Helper()
	people := testkit.Key(t, "k1")
	i := &installation{public: auth.PublicKeys{}}
	i.Keys = map[string]auth.PrivateKeys{}
	i.Tokens = auth.Sessions{Issuer: publicURL, Audience: publicURL, Private: people, Public: people.Public()}
	i.ReuseInterval = time.Second
	for _, name := range []string{"orchestrate", "generate-doc", "send-mail", "persist"} {
		i.Keys[name] = testkit.Key(t, name)
		maps.Copy(i.public, i.Keys[name].Public())
	}
	return i
}

func TestTheRealPersistConforms(t *testing.T) {
	i := install(t)
	database := startPersist(t, i)
	execute := func(t *testing.T, statement string) {
		t.Helper()
		if err := postgres.Exec(t.Context(), database, statement); err != nil {
			t.Fatal(err)
		}
	}
	i.Disable = func(t *testing.T, user string) {
		t.Helper()
		execute(t, "UPDATE users SET disabled = true WHERE id = '"+user+"'")
	}
	i.Mail = i.claimed
	i.Sweep = func(t *testing.T) int {
		t.Helper()
		execute(t, "INSERT INTO sweeps (service, number, begun_at, asked_at) VALUES ('signature', 7, now(), now())")
		return 7
	}
	i.DeadLetter = i.undeliverable
	conformance.TestPersist(t, i.Persist)
}

func TestTheFakePersistConforms(t *testing.T) {
	i := install(t)
	fake := fakepersist.New(i.Tokens, i.public, time.Now)
	fake.ReuseInterval = i.ReuseInterval
	server := httptest.NewServer(fake.Handler())
	t.Cleanup(server.Close)
	i.Address = server.URL
	i.Disable, i.Mail, i.Sweep = fake.Disable, fake.Mail, fake.BeginSweep
	i.DeadLetter = func(t *testing.T) contract.ID { t.Helper(); return fake.AddDeadLetter(t).Contract }
	conformance.TestPersist(t, i.Persist)
}

// startPersist starts the real one on a database of its own, and returns that database's address as its owner.
func startPersist(t *testing.T, i *installation) (database string) {
	t.Helper()
	name := "conformance_" + strings.ToLower(rand.Text())
	database, err := postgres.Create(t.Context(), server, name)
	if err != nil {
		t.Fatal(err)
	}
	serving, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	serving.User = url.UserPassword("serves_"+name, "secret")
	t.Cleanup(func() {
		err := postgres.Exec(context.Background(), server, "DROP DATABASE "+name+" WITH (FORCE)")
		if err == nil {
			err = postgres.Exec(context.Background(), server, "DROP ROLE serves_"+name)
		}
		if err != nil {
			t.Error(err)
		}
	})
	for name, value := range map[string]string{
		"DATABASE_URL": serving.String(), "MIGRATION_DATABASE_URL": database, "SESSION_PUBLIC_KEYS": i.Tokens.Public.String(),
		"FUNCTION_KEY": seedOf(i.Keys["persist"]), "FUNCTION_PUBLIC_KEYS": i.public.String(), "PUBLIC_URL": publicURL, "REFRESH_REUSE_INTERVAL": i.ReuseInterval.String(),
	} {
		t.Setenv(name, value)
	}
	b := function.Boot{Name: "persist", Now: time.Now, Lookup: os.LookupEnv, Publish: silent{}, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}
	f, err := persist.New(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Stop(context.Background()) })
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if err = f.Ready(t.Context()); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	h := httptest.NewServer(http.HandlerFunc(function.NewServer(f, b).Handle))
	t.Cleanup(h.Close)
	i.Address = h.URL
	return database
}

// silent takes what is published and keeps none of it: nothing is to follow here.
type silent struct{}

func (silent) Publish(context.Context, ...events.Event) error { return nil }

// seedOf writes a key as settings have it. testkit's keys have seeds that repeat the first notification of their ids.
func seedOf(k auth.PrivateKeys) string {
	id := k[0].ID
	return id + ":" + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(id[:1], 32)))
}

// claimed has a notification claimed as send-mail does, which makes its link.
func (i *installation) claimed(t *testing.T, id contract.ID, l contract.Notification) string {
	t.Helper()
	self, err := auth.NewAuthor(function.Boot{Name: "send-mail"}, i.Keys["send-mail"], nil)
	if err != nil {
		t.Fatal(err)
	}
	mail := persistclient.Client{Address: i.Address, HTTP: http.DefaultClient, Self: self, Now: time.Now}
	claim, err := mail.ClaimNotification(t.Context(), id, contract.Notification{Kind: l.Kind, Sequence: l.Sequence, Recipient: l.Recipient})
	if err != nil || claim.Link == "" {
		t.Fatalf("claim %s: %+v, %v", l.Key(), claim, err)
	}
	return claim.Link
}

// undeliverable brings persist an event that generate-doc refused, as the Broker does.
func (i *installation) undeliverable(t *testing.T) contract.ID {
	t.Helper()
	e := events.Event{ID: "undeliverable", Source: "orchestrate", Subject: contract.ID(strings.ToLower(rand.Text())), Time: time.Now(), Payload: events.GenerateDocument{}}
	key := i.Keys["orchestrate"][0]
	e, err := e.Sign(key.ID, key.Key())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.Address+"/dead-letters", nil)
	if err == nil {
		err = events.WriteRequest(t.Context(), e, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Ce-Knativeerrordest", "http://generate-doc")
	r.Header.Set("Ce-Knativeerrorcode", "422")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		t.Fatal(fmt.Sprint("a dead letter: ", answer.Status))
	}
	return e.Subject
}
