package input

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/shared/fields"
)

func TestTitlesAndDeadlines(t *testing.T) {
	t.Parallel()
	for title, good := range map[string]bool{
		"Contrat n° 7 – « Été » & Cie": true, strings.Repeat("é", 128): true, strings.Repeat("é", 129): false,
		"<b>": false, "a\nb": false, "a\u202eb": false, "a\x00": false, "契約": false,
	} {
		var wrong FieldErrors
		if wrong.text("title", title, fields.ValidateTitle); (len(wrong) == 0) != good {
			t.Errorf("the title %q: %v", title, wrong)
		}
	}
	for day, good := range map[string]bool{
		"2026-06-14": false, "2026-06-15": false, "2026-06-16": true, "2027-06-15": true, "2027-06-16": false, "2026-02-30": false, "": false, "16/06/2026": false,
	} {
		at, why := parseDeadline(day, testkit.Noon)
		if (why == "") != good || good && DeadlineDay(at) != day {
			t.Errorf("the deadline %q: %s, %q", day, at, why)
		}
	}
	for phone, good := range map[string]bool{"+33612345678": true, "+8613800138000": false, "+0612345678": false, "33612345678": false, "+33 6 12 34 56 78": false} {
		if err := fields.ValidatePhone(phone); (err == nil) != good {
			t.Errorf("the phone number %q: %v", phone, err)
		}
	}
	for typed, kept := range map[string]string{"a@b.fr": "a@b.fr", " a@bücher.fr ": "a@xn--bcher-kva.fr", "x@[127.0.0.1]": "", "x@-a.b": "", strings.Repeat("a", 60) + "@" + strings.Repeat("b", 37) + ".fr": ""} {
		var wrong FieldErrors
		if got := wrong.Email("email", typed, fields.SignerEmailLimit); (len(wrong) == 0) != (kept != "") || kept != "" && got != kept {
			t.Errorf("the address %q is kept as %q, %v", typed, got, wrong)
		}
	}
}
