package api_test

import (
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

func TestTemplatesComeWithTheirSchema(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	var list struct{ Items []api.TemplateView }
	o.Call(t, "marie", "GET", "/v1/templates", "").Into(t, &list)
	if len(list.Items) == 0 || len(list.Items[0].Schema) == 0 || list.Items[0].Title["fr"] == "" {
		t.Fatalf("templates: %+v", list)
	}
	for _, path := range []string{"service-agreement", "service-agreement/1", "service-agreement%2F1"} {
		var one api.TemplateView
		o.Call(t, "marie", "GET", "/v1/templates/"+path, "").Into(t, &one)
		if one.Ref != "service-agreement/1" || len(one.Example) == 0 {
			t.Errorf("%s: %q, an example of %d bytes", path, one.Ref, len(one.Example))
		}
	}
}
