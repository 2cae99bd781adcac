package mailbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestWhatSendGridRefusesIsRefused(t *testing.T) {
	t.Parallel()
	to := func(n int) []any {
		var all []any
		for i := range n {
			all = append(all, map[string]any{"to": []any{person{Email: fmt.Sprintf("p%d@example.org", i)}}})
		}
		return all
	}
	custom := func(size int) map[string]string { return map[string]string{"k": strings.Repeat("x", size-1)} }
	attached := func(replaced map[string]any) []any {
		a := map[string]any{"content": []byte("x"), "filename": "a.pdf"}
		for k, v := range replaced {
			a[k] = v
		}
		return []any{a}
	}
	cases := map[string]struct {
		replaced map[string]any
		field    string // of the first error; "-": it is taken
	}{
		"as it should be":                    {nil, "-"},
		"no personalization":                 {map[string]any{"personalizations": []any{}}, "personalizations"},
		"a thousand of them":                 {map[string]any{"personalizations": to(1000)}, "-"},
		"a thousand and one":                 {map[string]any{"personalizations": to(1001)}, "personalizations"},
		"to nobody":                          {map[string]any{"personalizations": []any{map[string]any{"to": []any{}}}}, "personalizations.0.to"},
		"to no address":                      {map[string]any{"personalizations": []any{map[string]any{"to": []any{person{Email: "zoe"}}}}}, "personalizations.0.to.0.email"},
		"to an address with a name in it":    {map[string]any{"personalizations": []any{map[string]any{"to": []any{person{Email: "Z <z@example.org>"}}}}}, "personalizations.0.to.0.email"},
		"twice to one":                       {map[string]any{"personalizations": []any{map[string]any{"to": []any{person{Email: "z@example.org"}, person{Email: "Z@example.org"}}}}}, "personalizations.0"},
		"a name that breaks the header":      {map[string]any{"personalizations": []any{map[string]any{"to": []any{person{Email: "z@example.org", Name: "Z\r\nBcc: a@b.org"}}}}}, "personalizations.0.to.0.name"},
		"from nobody":                        {map[string]any{"from": nil}, "from"},
		"from no address":                    {map[string]any{"from": person{Email: "x"}}, "from.email"},
		"replies to no address":              {map[string]any{"reply_to": person{Email: "x"}}, "reply_to.email"},
		"no subject":                         {map[string]any{"subject": nil}, "subject"},
		"a subject that breaks the header":   {map[string]any{"subject": "a\u2028b"}, "subject"},
		"no content":                         {map[string]any{"content": nil}, "content"},
		"empty content":                      {map[string]any{"content": []content{{"text/plain", ""}}}, "content.0.value"},
		"content of no type":                 {map[string]any{"content": []content{{"", "x"}}}, "content.0.type"},
		"content of two types":               {map[string]any{"content": []content{{"text/plain; charset=utf-8", "x"}}}, "content.0.type"},
		"HTML before text":                   {map[string]any{"content": []content{{"text/html", "x"}, {"text/plain", "x"}}}, "content"},
		"custom arguments of 10,000 bytes":   {map[string]any{"custom_args": custom(10_000)}, "-"},
		"custom arguments of one byte more":  {map[string]any{"custom_args": custom(10_001)}, "personalizations.0.custom_args"},
		"a custom argument that is a number": {map[string]any{"custom_args": map[string]any{"sequence": 1}}, "custom_args"},
		"an attachment without a name":       {map[string]any{"attachments": attached(map[string]any{"filename": ""})}, "attachments.0.filename"},
		"an attachment with a comma":         {map[string]any{"attachments": attached(map[string]any{"filename": "a,b.pdf"})}, "attachments.0.filename"},
		"an empty attachment":                {map[string]any{"attachments": attached(map[string]any{"content": ""})}, "attachments.0.content"},
		"an attachment shown nowhere":        {map[string]any{"attachments": attached(map[string]any{"disposition": "hidden"})}, "attachments.0.disposition"},
		"an attachment of two types":         {map[string]any{"attachments": attached(map[string]any{"type": "a/b;c"})}, "attachments.0.type"},
		"a header of its own":                {map[string]any{"headers": map[string]string{"Message-ID": "<a@b>"}}, "-"},
		"a header of SendGrid's":             {map[string]any{"headers": map[string]string{"Bcc": "a@b.org"}}, "headers"},
		"a header with a line break":         {map[string]any{"headers": map[string]string{"X-A": "a\r\nBcc: b"}}, "headers"},
		"a header with a space":              {map[string]any{"headers": map[string]string{"X A": "a"}}, "headers"},
		"eleven categories":                  {map[string]any{"categories": strings.Split("a b c d e f g h i j k", " ")}, "categories"},
	}
	s := open(t, t.TempDir())
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, output := s.post(t, body(c.replaced))
			if c.field == "-" {
				if answer.StatusCode != http.StatusAccepted {
					t.Errorf("answered %s %s", answer.Status, output)
				}
				return
			}
			var wrong struct{ Errors []fieldError }
			if err := json.Unmarshal([]byte(output), &wrong); err != nil || answer.StatusCode != http.StatusBadRequest || len(wrong.Errors) == 0 {
				t.Fatalf("answered %s %s", answer.Status, output)
			}
			if e := wrong.Errors[0]; e.Field == nil || *e.Field != c.field || e.Message == "" || e.Help == nil {
				t.Errorf("blamed %s, want %s", output, c.field)
			}
		})
	}
}

func TestAWrongKeyIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	large := body(map[string]any{"content": []content{{"text/plain", strings.Repeat("x", sizeLimit)}}})
	cases := map[string]struct {
		body   []byte
		header []string
		want   int
	}{
		"another key":     {body(nil), []string{"Authorization", "Bearer other"}, 401},
		"no key":          {body(nil), []string{"Authorization", ""}, 401},
		"not as a bearer": {body(nil), []string{"Authorization", "Basic key"}, 401},
		"no JSON":         {body(nil), []string{"Content-Type", "text/plain"}, 415},
		"broken JSON":     {[]byte(`{"from":`), nil, 400},
		"two documents":   {append(body(nil), body(nil)...), nil, 400},
		"unknown fields":  {body(map[string]any{"colour": "red"}), nil, 400},
		"30 MB":           {large, nil, 413},
	}
	for name, c := range cases {
		answer, output := s.post(t, c.body, c.header...)
		if answer.StatusCode != c.want || !strings.HasPrefix(output, `{"errors":[{"message":"`) {
			t.Errorf("%s: answered %s %s, want %d", name, answer.Status, output, c.want)
		}
	}
	if mails := s.mails(t, ""); len(mails) != 0 {
		t.Errorf("taken all the same: %+v", mails)
	}
}

func TestEachRecipientGetsAMailAndSandboxModeSendsNone(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	s.post(t, body(map[string]any{"personalizations": []any{
		map[string]any{"to": []any{person{Email: "a@example.org"}}, "bcc": []any{person{Email: "b@example.org"}}, "subject": "for you", "custom_args": map[string]string{"kind": "reminder"}},
		map[string]any{"to": []any{person{Email: "c@example.org"}}},
	}}))
	mails := s.mails(t, "")
	if len(mails) != 3 || mails[2].Subject != "for you" || mails[2].CustomArgs["kind"] != "reminder" || mails[0].CustomArgs["kind"] != "invitation" {
		t.Errorf("arrived: %+v", mails)
	}
	answer, _ := s.post(t, body(map[string]any{"mail_settings": map[string]any{"sandbox_mode": map[string]bool{"enable": true}}}))
	if answer.StatusCode != http.StatusOK || len(s.mails(t, "")) != 3 {
		t.Errorf("in sandbox mode: %s, %d mails", answer.Status, len(s.mails(t, "")))
	}
}

func TestSendingFailsAsConfigured(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	s.box.Misbehave(Faults{Next: []Fault{Limited, Fails, FailsLate, None}, Refused: []string{"no@example.org"}, RetryAfter: 7})
	var statuses []int
	for range 5 {
		answer, _ := s.post(t, body(nil))
		statuses = append(statuses, answer.StatusCode)
		if reset := answer.Header.Get("X-RateLimit-Reset"); answer.StatusCode == 429 && reset != fmt.Sprint(noon.Unix()+7) {
			t.Errorf("limited until %s", reset)
		}
	}
	if !slices.Equal(statuses, []int{429, 500, 500, 202, 202}) || len(s.mails(t, "")) != 3 {
		t.Errorf("answered %v and kept %d mails", statuses, len(s.mails(t, "")))
	}
	answer, output := s.post(t, body(map[string]any{"personalizations": []any{map[string]any{"to": []any{person{Email: "No@example.org"}}}}}))
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(output, "personalizations.0.to.0.email") {
		t.Errorf("a refused address: %s %s", answer.Status, output)
	}
}

func TestARequestCanBeLeftWithoutAnswer(t *testing.T) {
	t.Parallel()
	for fault, kept := range map[Fault]int{Hangs: 0, HangsLate: 1, Cuts: 0, CutsLate: 1} {
		s := open(t, t.TempDir())
		s.box.Misbehave(Faults{Next: []Fault{fault}})
		ctx, giveUp := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v3/mail/send", bytes.NewReader(body(nil)))
		r.Header.Set("Authorization", "Bearer key")
		r.Header.Set("Content-Type", "application/json")
		go func() {
			defer giveUp()
			for !s.holds(kept) && ctx.Err() == nil {
				runtime.Gosched()
			}
		}()
		answer, err := s.Client().Do(r)
		if err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s: answered %s", fault, answer.Status)
		}
		if mails := s.mails(t, ""); len(mails) != kept {
			t.Errorf("%s: %d mails were kept, want %d", fault, len(mails), kept)
		}
		giveUp()
	}
}

// holds reports whether the fault has begun and so many mails are kept.
func (s service) holds(kept int) bool {
	s.box.mu.RLock()
	defer s.box.mu.RUnlock()
	return len(s.box.faults.Next) == 0 && len(s.box.mails) == kept
}
