package devstack

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/paraphe/paraphe/knative/local/activator"
	"github.com/paraphe/paraphe/knative/local/clock"
	"github.com/paraphe/paraphe/knative/local/fakeyousign"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/phone"
)

// openFakes opens the fakes of the outside services, each with the state of earlier runs.
func (t *Stack) openFakes(context.Context) error {
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
	t.yousign, err = fakeyousign.Open(fakeyousign.Options{
		Dir: filepath.Join(t.o.Dir, "yousign"), PublicURL: publicURL(t.listeners.yousign), APIKey: t.secrets.SignatureKey, Sandbox: true,
		WebhookURL: internalURL(t.listeners.functions["receive-webhook"]) + "/yousign/" + webhookSlot, WebhookSecret: t.secrets.WebhookSecret,
		SMS: t.phone.Deliver, Now: time.Now, Log: t.o.Log, RetryScale: t.o.RetryScale,
	})
	return err
}

// resolve finds the address of a Knative Service: here, the listener of the function of that name.
func (t *Stack) resolve(service string) (string, bool) {
	l, ok := t.listeners.functions[service]
	if !ok {
		return "", false
	}
	return internalURL(l), true
}

func (t *Stack) openFunctions(context.Context) error {
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

// serveAll serves every listener and starts the background loops.
func (t *Stack) serveAll(ctx context.Context) error {
	t.serve(t.listeners.mailbox, t.mailbox.Handler())
	t.serve(t.listeners.phone, t.phone.Handler())
	t.serve(t.listeners.yousign, t.yousign.Handler())
	t.serve(t.listeners.broker, http.HandlerFunc(t.serveBroker))
	for name, f := range t.functions {
		if slices.Contains(t.o.Without, name) {
			continue
		}
		var h http.Handler = f
		if t.o.Wrap != nil {
			h = t.o.Wrap(name, h)
		}
		t.serve(t.listeners.functions[name], h)
	}
	t.serve(t.listeners.page, t.functions["frontend"])
	t.runBroker(ctx)
	t.runInBackground(ctx, "yousign", t.yousign.Run)
	file := filepath.Join(t.o.Eventing, "clock.yaml")
	if !t.o.NoClock {
		t.runInBackground(ctx, "clock", func(ctx context.Context) error { return clock.Run(ctx, file, internalURL(t.listeners.broker)) })
	}
	if t.o.ClockEvery > 0 {
		t.runInBackground(ctx, "further ticks", func(ctx context.Context) error { return t.tick(ctx, file) })
	}
	return nil
}

// tick sends further ticks, for tests that wait for them.
func (t *Stack) tick(ctx context.Context, file string) error {
	c, err := clock.Open(file, internalURL(t.listeners.broker))
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
				t.o.Log.Warn("tick not accepted", "error", err.Error())
			}
		}
	}
}

func (t *Stack) runInBackground(ctx context.Context, what string, run func(context.Context) error) {
	t.background.Go(func() {
		if err := run(ctx); err != nil && ctx.Err() == nil {
			t.o.Log.Error("background loop failed", "loop", what, "error", fmt.Sprint(err))
		}
	})
}
