package broker

import (
	"errors"
	"fmt"
	"regexp"

	cesql "github.com/cloudevents/sdk-go/sql/v2"
	"github.com/cloudevents/sdk-go/sql/v2/parser"
	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// newCESQL makes a filter of a CloudEvents SQL expression (https://github.com/cloudevents/spec/tree/main/cesql). An
// expression that is no yes or no is refused: Knative's webhook takes it, and its filter then panics at every event.
func newCESQL(text string) (filter, error) {
	expression, err := parseCESQL(text)
	if err != nil {
		return nil, fmt.Errorf("filters: cesql %q: %w", text, err)
	}
	// The value has its type even if the evaluation fails, so an unknown function passes here and hears nothing, as
	// in a cluster.
	if value, _ := expression.Evaluate(probe(text)); !isBool(value) {
		return nil, fmt.Errorf("filters: cesql %q yields %T, not true or false", text, value)
	}
	return func(e cloudevents.Event) bool {
		value, err := expression.Evaluate(e)
		yes, _ := value.(bool)
		return err == nil && yes
	}, nil
}

// parseCESQL makes an error of the panic with which the SDK's parser meets some malformed expressions ("type =").
func parseCESQL(text string) (expression cesql.Expression, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it is malformed")
		}
	}()
	return parser.Parse(text)
}

func isBool(value any) bool {
	_, ok := value.(bool)
	return ok
}

var word = regexp.MustCompile(`[a-z0-9]+`)

// probe is an event that has every attribute that an expression can name: without one, the expression would yield
// false and not its own type.
func probe(text string) cloudevents.Event {
	e := cloudevents.NewEvent()
	e.SetID("1")
	e.SetSource("1")
	e.SetType("1")
	e.SetSubject("1")
	for _, name := range word.FindAllString(text, -1) {
		if _, known := attribute(e, name); !known {
			e.SetExtension(name, "1")
		}
	}
	return e
}
