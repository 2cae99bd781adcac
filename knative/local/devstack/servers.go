package devstack

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/paraphe/paraphe/knative/local/broker"
	"github.com/paraphe/paraphe/knative/local/clock"
	"github.com/paraphe/paraphe/knative/local/fakeyousign"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/phone"
	"github.com/paraphe/paraphe/shared/function"
)

// Servers opens each fake, and the broker, as a server of its own by name: what compose.yaml and knative/fakes run.
// Each reads its settings from the environment.
var Servers = map[string]func(function.Boot) (*function.Function, error){
	"yousign": serveYousign, "mailbox": serveMailbox, "phone": servePhone, "broker": serveBroker,
}

func serveMailbox(b function.Boot) (*function.Function, error) {
	var s struct {
		Dir    string `envconfig:"KEPT_IN" required:"true"`
		APIKey string `envconfig:"SENDGRID_API_KEY" required:"true"` // as send-mail has it
	}
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	m, err := mailbox.Open(mailbox.Options{Dir: s.Dir, APIKey: s.APIKey, Now: b.Now, Log: b.Log})
	if err != nil {
		return nil, err
	}
	return &function.Function{Routes: m.Handler()}, nil
}

func servePhone(b function.Boot) (*function.Function, error) {
	var s struct {
		Dir string `envconfig:"KEPT_IN" required:"true"`
	}
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	p, err := phone.Open(phone.Options{Dir: s.Dir, Now: b.Now})
	if err != nil {
		return nil, err
	}
	return &function.Function{Routes: withSMSNetwork(p)}, nil
}

func serveYousign(b function.Boot) (*function.Function, error) {
	var s struct {
		Dir     string       `envconfig:"KEPT_IN" required:"true"`
		Public  function.URL `envconfig:"SIGNATURE_PAGES_URL" required:"true"` // where browsers find the signing pages
		APIKey  string       `envconfig:"SIGNATURE_API_KEY" required:"true"`   // as orchestrate has it
		Webhook function.URL `envconfig:"WEBHOOK_URL" required:"true"`
		Secrets string       `envconfig:"WEBHOOK_SECRETS" required:"true"` // as receive-webhook has them; the first one signs
		Phone   function.URL `envconfig:"PHONE_URL" required:"true"`
	}
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	service, err := fakeyousign.Open(fakeyousign.Options{
		Dir: s.Dir, PublicURL: s.Public.String(), APIKey: s.APIKey, Sandbox: true,
		WebhookURL: s.Webhook.String(), WebhookSecret: firstSecret(s.Secrets),
		SMS: smsSender{to: s.Phone.String(), client: function.NewClient(smsTimeout), log: b.Log}.send, Now: b.Now, Log: b.Log,
	})
	if err != nil {
		return nil, err
	}
	start, stop := inBackground(b, service.Run)
	return &function.Function{Routes: service.Handler(), Start: start, Stop: stop}, nil
}

// firstSecret reads the setting of receive-webhook: secrets in a list, each perhaps behind the name of its slot.
func firstSecret(setting string) string {
	first, _, _ := strings.Cut(setting, ",")
	if _, secret, named := strings.Cut(first, ":"); named {
		first = secret
	}
	return strings.TrimSpace(first)
}

// serveBroker delivers events by eventing/'s manifests, and runs the clock.
func serveBroker(b function.Boot) (*function.Function, error) {
	var s struct {
		Dir      string       `envconfig:"KEPT_IN" required:"true"`
		Eventing string       `envconfig:"EVENTING" default:"eventing"` // the project's folder of that name
		Services string       `envconfig:"SERVICES" default:"http://{service}:8080"`
		Itself   function.URL `envconfig:"ITSELF" default:"http://localhost:8080"`
	}
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	events, err := broker.Open(broker.Options{
		Eventing: s.Eventing, Store: filepath.Join(s.Dir, "broker.db"), Client: function.NewClient(0), Log: b.Log, Now: b.Now,
		Resolve: func(service string) (string, bool) { return strings.ReplaceAll(s.Services, "{service}", service), true },
	})
	if err != nil {
		return nil, err
	}
	start, stop := inBackground(b, func(ctx context.Context) error {
		ticking := make(chan error, 1)
		go func() { ticking <- clock.Run(ctx, filepath.Join(s.Eventing, "clock.yaml"), s.Itself.String()) }()
		return errors.Join(events.Run(ctx), <-ticking)
	})
	return &function.Function{Routes: events.Handler(), Start: start, Stop: func(ctx context.Context) error {
		return errors.Join(stop(ctx), events.Close())
	}}, nil
}

// inBackground runs a loop beside the requests, from Start until the server stops.
func inBackground(b function.Boot, run func(context.Context) error) (start, stop func(context.Context) error) {
	done := make(chan struct{})
	start = func(ctx context.Context) error {
		go func() {
			defer close(done)
			if err := run(ctx); err != nil && ctx.Err() == nil {
				b.Log.Error("background loop failed", "error", err.Error())
			}
		}()
		return nil
	}
	stop = func(ctx context.Context) error {
		select {
		case <-done:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	return start, stop
}
