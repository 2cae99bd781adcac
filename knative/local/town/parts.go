package town

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/paraphe/paraphe/knative/local/activator"
	"github.com/paraphe/paraphe/knative/local/clock"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/phone"
	"github.com/paraphe/paraphe/knative/local/signer"
)

// openStandIns opens what is outside: mail service, phone and signature service, each with what it kept.
func (t *Town) openStandIns(context.Context) error {
	var err error
	t.mailbox, err = mailbox.Open(mailbox.Options{
		Dir: filepath.Join(t.o.Dir, "mailbox"), APIKey: t.secrets.MailKey, Now: time.Now, Log: t.o.Log,
	})
	if err != nil {
		return err
	}
	if t.phone, err = phone.Open(phone.Options{Dir: filepath.Join(t.o.Dir, "phone"), Now: time.Now}); err != nil {
		return err
	}
	t.signer, err = signer.Open(signer.Options{
		Dir: filepath.Join(t.o.Dir, "signer"), PublicURL: at(t.doors.signer), APIKey: t.secrets.SignatureKey, Sandbox: true,
		WebhookURL: inside(t.doors.functions["receive-webhook"]) + "/yousign/" + slot, WebhookSecret: t.secrets.WebhookSecret,
		SMS: t.phone.Deliver, Now: time.Now, Log: t.o.Log, RetryScale: t.o.RetryScale,
	})
	return err
}

// resolve finds the address of a Knative Service: here, the door of the function of that name.
func (t *Town) resolve(service string) (string, bool) {
	door, ok := t.doors.functions[service]
	if !ok {
		return "", false
	}
	return inside(door), true
}

func (t *Town) openFunctions(context.Context) error {
	t.Run.Processes = map[string]int{}
	for _, name := range functionNames() {
		env, err := t.environment(name)
		if err != nil {
			return err
		}
		t.functions[name] = activator.New(activator.Options{
			Name: name, Program: filepath.Join(t.o.Programs, name), Env: env, Idle: t.o.Idle, Log: t.o.Log,
			LogFile: filepath.Join(t.o.Dir, "log", name+".log"), Changed: t.processChanged,
		})
	}
	return nil
}

// begin opens the doors and sets going what goes on by itself.
func (t *Town) begin(ctx context.Context) error {
	t.serve(t.doors.mailbox, t.mailbox.Handler())
	t.serve(t.doors.phone, t.phone.Handler())
	t.serve(t.doors.signer, t.signer.Handler())
	t.serve(t.doors.broker, http.HandlerFunc(t.toBroker))
	for name, f := range t.functions {
		if slices.Contains(t.o.Without, name) {
			continue
		}
		var door http.Handler = f
		if t.o.Before != nil {
			door = t.o.Before(name, door)
		}
		t.serve(t.doors.functions[name], door)
	}
	t.serve(t.doors.page, t.functions["frontend"])
	t.runBroker(ctx)
	t.goOn(ctx, "signer", t.signer.Run)
	file := filepath.Join(t.o.Eventing, "clock.yaml")
	if !t.o.NoClock {
		t.goOn(ctx, "clock", func(ctx context.Context) error { return clock.Run(ctx, file, inside(t.doors.broker)) })
	}
	if t.o.ClockEvery > 0 {
		t.goOn(ctx, "further ticks", func(ctx context.Context) error { return t.tick(ctx, file) })
	}
	return nil
}

// tick lets time pass faster than the manifest says, for tests that wait for it.
func (t *Town) tick(ctx context.Context, file string) error {
	c, err := clock.Open(file, inside(t.doors.broker))
	if err != nil {
		return err
	}
	every := time.NewTicker(t.o.ClockEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			if err := c.Tick(ctx); err != nil {
				t.o.Log.Warn("a tick was lost", "error", err.Error())
			}
		}
	}
}

func (t *Town) goOn(ctx context.Context, what string, run func(context.Context) error) {
	t.background.Go(func() {
		if err := run(ctx); err != nil && ctx.Err() == nil {
			t.o.Log.Error("ended by itself", "what", what, "error", fmt.Sprint(err))
		}
	})
}
