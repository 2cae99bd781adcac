// Package clock is the PingSource of eventing/clock.yaml on one machine: it sends ticks to the broker on the manifest's
// schedule.
package clock

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/robfig/cron/v3"
	"sigs.k8s.io/yaml"
)

const (
	// eventType and source are fixed by Knative
	// (https://knative.dev/docs/eventing/sources/ping-source/reference/).
	eventType    = "dev.knative.sources.ping"
	sourceForm   = "/apis/v1/namespaces/%s/pingsources/%s"
	timeout      = 10 * time.Second
	oneNamespace = "default" // of a manifest that names none
)

// pingSource is Knative's object of that name. A field that is not here is refused.
type pingSource struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Schedule    string         `json:"schedule"`
		Timezone    string         `json:"timezone"`
		ContentType string         `json:"contentType"`
		Data        string         `json:"data"`
		Sink        map[string]any `json:"sink"` // a broker here, whatever it says
	} `json:"spec"`
}

// Clock sends ticks to one address.
type Clock struct {
	object   pingSource
	schedule cron.Schedule
	sink     string
	client   *http.Client
}

// Open reads a PingSource from a file. Its error names what is wrong.
func Open(file, sink string) (*Clock, error) {
	text, err := os.ReadFile(file) // #nosec G304 -- the file was given to us
	if err != nil {
		return nil, fmt.Errorf("read the clock: %w", err)
	}
	c := &Clock{sink: sink, client: &http.Client{Timeout: timeout}}
	if err := yaml.UnmarshalStrict(text, &c.object); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if c.object.Kind != "PingSource" || c.object.Metadata.Name == "" {
		return nil, fmt.Errorf("%s: it must be a PingSource with a name", file)
	}
	if c.schedule, err = c.object.parseSchedule(); err != nil {
		return nil, fmt.Errorf("%s: schedule: %w", file, err)
	}
	return c, nil
}

// parseSchedule reads five fields, or six with seconds, in the time zone of the manifest or else in UTC.
func (p pingSource) parseSchedule() (cron.Schedule, error) {
	zone := p.Spec.Timezone
	if zone == "" {
		zone = "UTC"
	}
	parser := cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	schedule, err := parser.Parse("CRON_TZ=" + zone + " " + p.Spec.Schedule)
	if err == nil && schedule.Next(time.Now()).IsZero() {
		return nil, errors.New("it never occurs, like 30 February")
	}
	return schedule, err
}

// Run sends the ticks of the PingSource in file to sink until ctx ends. A tick that is not accepted is logged and not
// repeated: the next one follows.
func Run(ctx context.Context, file, sink string) error {
	c, err := Open(file, sink)
	if err != nil {
		return err
	}
	for {
		now := time.Now()
		timer := time.NewTimer(c.schedule.Next(now).Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if err := c.Tick(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "clock: tick not accepted", "clock", c.object.Metadata.Name, "error", err.Error())
		}
	}
}

// Tick sends one tick now. A nil error means that it was accepted.
func (c *Clock) Tick(ctx context.Context) error {
	event, err := c.event()
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.sink, http.NoBody)
	if err != nil {
		return fmt.Errorf("tick: %w", err)
	}
	if err := cehttp.WriteRequest(ctx, binding.ToMessage(&event), r); err != nil {
		return fmt.Errorf("tick: %w", err)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return fmt.Errorf("tick: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is kept
	if answer.StatusCode/100 != 2 {
		return errors.New("tick: the broker answered " + answer.Status)
	}
	return nil
}

func (c *Clock) event() (cloudevents.Event, error) {
	namespace := c.object.Metadata.Namespace
	if namespace == "" {
		namespace = oneNamespace
	}
	e := cloudevents.NewEvent()
	e.SetID(rand.Text())
	e.SetType(eventType)
	e.SetSource(fmt.Sprintf(sourceForm, namespace, c.object.Metadata.Name))
	e.SetTime(time.Now().UTC())
	if c.object.Spec.Data == "" {
		return e, e.Validate()
	}
	kind := c.object.Spec.ContentType
	if kind == "" {
		kind = cloudevents.ApplicationJSON
	}
	if err := e.SetData(kind, []byte(c.object.Spec.Data)); err != nil {
		return e, fmt.Errorf("tick: %w", err)
	}
	return e, e.Validate()
}
