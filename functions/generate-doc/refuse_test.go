package generatedoc

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestWhatCanNeverBeDrawnIsRefusedByFieldAndWithoutItsValue(t *testing.T) {
	t.Parallel()
	data := func(name string, value any) func(*persistclient.View) {
		return func(v *persistclient.View) { *v = with(*v, func(d map[string]any) { d[name] = value }) }
	}
	tests := map[string]struct {
		change        func(*persistclient.View)
		field, reason string
	}{
		"unknown template":       {func(v *persistclient.View) { v.Template = "nothing/1" }, "template", "is not known"},
		"unknown version":        {func(v *persistclient.View) { v.Template = "service-agreement/99" }, "template", "is not known"},
		"unknown language":       {func(v *persistclient.View) { v.Language = "de" }, "language", "is none that the template is written in"},
		"no data":                {func(v *persistclient.View) { v.Data = nil }, "data", "must be valid JSON"},
		"data of the wrong kind": {func(v *persistclient.View) { v.Data = json.RawMessage(`[1]`) }, "data", "must be an object"},
		"emoji in the data":      {data("place", "Lyon 🙂"), "data.place", "has a character that the document cannot show: U+1F642"},
		"control character":      {data("place", "Lyon\x07"), "data.place", "has a character that the document cannot show: U+0007"},
		"long text in the data":  {data("court", strings.Repeat("x", 10000)), "data.court", "must have at most 80 characters"},
		"no signers":             {func(v *persistclient.View) { v.People = nil }, "signers", "must be 1 to 100"},
		"long first name":        {func(v *persistclient.View) { v.People[1].FirstName = strings.Repeat("x", 10000) }, "signers[1].first_name", "must have at most 255 characters"},
		"undrawable last name":   {func(v *persistclient.View) { v.People[0].LastName = "王" }, "signers[0].last_name", "has a character that the document cannot show: U+738B"},
		"right-to-left override": {func(v *persistclient.View) { v.People[0].LastName = "a\u202eb" }, "signers[0].last_name", "has a character that the document cannot show: U+202E"},
		"blank name":             {func(v *persistclient.View) { v.People[0].LastName = " " }, "signers[0].last_name", "is missing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			view := sample("service-agreement/1", "fr")
			tt.change(&view)
			_, err := Draw(view)
			var refused Refused
			if !errors.As(err, &refused) || refused.Field != tt.field || refused.Reason != tt.reason {
				t.Errorf("got %v, want %s %s", err, tt.field, tt.reason)
			}
		})
	}
}
