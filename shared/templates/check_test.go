package templates

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/function"
)

func TestErrorsAreOnePerFieldWithoutItsValue(t *testing.T) {
	t.Parallel()
	template, _ := Find("service-agreement")
	tests := map[string]struct {
		change func(data, line map[string]any)
		want   function.FieldError
	}{
		"negative price":    {func(_, l map[string]any) { l["price"] = -1 }, function.FieldError{Field: "services[1].price", Reason: "must be at least 0"}},
		"part of a cent":    {func(_, l map[string]any) { l["price"] = 1.005 }, function.FieldError{Field: "services[1].price", Reason: "must be a multiple of 0.01"}},
		"price as text":     {func(_, l map[string]any) { l["price"] = "secret" }, function.FieldError{Field: "services[1].price", Reason: "must be a number"}},
		"huge number":       {func(_, l map[string]any) { l["price"] = json.Number("1e999999999") }, function.FieldError{Field: "services[1].price", Reason: "must be a plain decimal number"}},
		"endless number":    {func(_, l map[string]any) { l["price"] = json.Number(strings.Repeat("9", 5000)) }, function.FieldError{Field: "services[1].price", Reason: "must be a plain decimal number"}},
		"unknown rate":      {func(_, l map[string]any) { l["vat_rate"] = 19 }, function.FieldError{Field: "services[1].vat_rate", Reason: "must be 20 or 10 or 5.5 or 2.1 or 0"}},
		"left out":          {func(_, l map[string]any) { delete(l, "unit") }, function.FieldError{Field: "services[1].unit", Reason: "is missing"}},
		"not asked for":     {func(_, l map[string]any) { l["colour"] = "red" }, function.FieldError{Field: "services[1].colour", Reason: "is not asked for"}},
		"endless name":      {func(d, _ map[string]any) { d[strings.Repeat("x", 5000)] = 1 }, function.FieldError{Field: strings.Repeat("x", 40) + "…", Reason: "is not asked for"}},
		"no services":       {func(d, _ map[string]any) { d["services"] = []any{} }, function.FieldError{Field: "services", Reason: "must have at least one entry"}},
		"too many":          {func(d, l map[string]any) { d["services"] = slices.Repeat([]any{l}, 41) }, function.FieldError{Field: "services", Reason: "must have at most 40 entries"}},
		"no such day":       {func(d, _ map[string]any) { d["date"] = "2026-02-30" }, function.FieldError{Field: "date", Reason: "must be a date such as 2026-12-31"}},
		"no address":        {func(d, _ map[string]any) { provider(d)["email"] = "nobody" }, function.FieldError{Field: "provider.email", Reason: "must be an email address"}},
		"no mailbox":        {func(d, _ map[string]any) { provider(d)["email"] = "@example.org" }, function.FieldError{Field: "provider.email", Reason: "must be an email address"}},
		"too long":          {func(d, _ map[string]any) { provider(d)["name"] = strings.Repeat("x", 121) }, function.FieldError{Field: "provider.name", Reason: "must have at most 120 characters"}},
		"empty":             {func(d, _ map[string]any) { provider(d)["name"] = "" }, function.FieldError{Field: "provider.name", Reason: "must not be empty"}},
		"nothing but space": {func(d, _ map[string]any) { provider(d)["name"] = " \n\u00a0" }, function.FieldError{Field: "provider.name", Reason: "must not be empty"}},
		"emoji":             {func(d, _ map[string]any) { d["place"] = "🙂" }, function.FieldError{Field: "place", Reason: "has a character that the document cannot show: U+1F642"}},
		"null":              {func(d, _ map[string]any) { d["place"] = nil }, function.FieldError{Field: "place", Reason: "must be a text"}},
		"half a month":      {func(d, _ map[string]any) { d["months"] = 1.5 }, function.FieldError{Field: "months", Reason: "must be a whole number"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var data map[string]any
			if err := json.Unmarshal(template.Example(), &data); err != nil {
				t.Fatal(err)
			}
			tt.change(data, data["services"].([]any)[1].(map[string]any))
			raw, _ := json.Marshal(data)
			if got := template.Check(raw); !slices.Equal(got, []function.FieldError{tt.want}) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func provider(data map[string]any) map[string]any { return data["provider"].(map[string]any) }

func TestDataThatAreNoObjectAreRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	template, _ := Find("consumer-contract")
	for data, reason := range map[string]string{
		"": "must be valid JSON", "{": "must be valid JSON", "{} {}": "must be valid JSON",
		"null": "must be an object", "[]": "must be an object", `"x"`: "must be an object", "7": "must be an object",
	} {
		want := []function.FieldError{{Field: "data", Reason: reason}}
		if got := template.Check(json.RawMessage(data)); !slices.Equal(got, want) {
			t.Errorf("Check(%q) = %v, want %v", data, got, want)
		}
	}
}

func TestOnlyWhatTheFontsHaveIsDrawable(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "plain", "é œ Œ ğ ž ß ø Ł ñ € £ – — ’ « » … ½ №", "e\u0301 is composed", "Ελλάδα", "Україна", "two\nlines\r\n\ttab", "1\u202f234\u00a0€",
	} {
		if r, bad := Undrawable(text); bad {
			t.Errorf("Undrawable(%q) = %U", text, r)
		}
	}
	for text, want := range map[string]rune{
		"a🙂": 0x1F642, "王": 0x738B, "☐": 0x2610, "\x00": 0, "a\x07": 7, "\x7f": 0x7F, "a\u202eb": 0x202E, "a\u200bb": 0x200B, "soft\u00adhyphen": 0xAD,
		"\ufeffx": 0xFEFF, "bad \xff": 0xFFFD, "q\u0301": 0x0301, "שלום": 0x05E9, "سلام": 0x0633, "\ue000": 0xE000, "a\u2028b": 0x2028,
	} {
		if r, bad := Undrawable(text); !bad || r != want {
			t.Errorf("Undrawable(%q) = %U, %t; want %U", text, r, bad, want)
		}
	}
}
