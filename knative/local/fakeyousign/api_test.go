package fakeyousign

import (
	"archive/zip"
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestARequestIsRefusedForEachFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	for body, field := range map[string]string{
		`{"delivery_mode":"none"}`:              "name",
		`{"name":"a"}`:                          "delivery_mode",
		`{"name":"<b>","delivery_mode":"none"}`: "name",
		`{"name":"` + strings.Repeat("a", 129) + `","delivery_mode":"none"}`:                                  "name",
		`{"name":"a","delivery_mode":"sms"}`:                                                                  "delivery_mode",
		`{"name":"a","delivery_mode":"none","external_id":"a/b"}`:                                             "external_id",
		`{"name":"a","delivery_mode":"none","external_id":""}`:                                                "external_id",
		`{"name":"a","delivery_mode":"none","external_id":"` + strings.Repeat("a", 256) + `"}`:                "external_id",
		`{"name":"a","delivery_mode":"none","timezone":"Mars/Base"}`:                                          "timezone",
		`{"name":"a","delivery_mode":"none","expiration_date":"2026-11-23"}`:                                  "expiration_date",
		`{"name":"a","delivery_mode":"none","expiration_date":"2027-12-01"}`:                                  "expiration_date",
		`{"name":"a","delivery_mode":"none","expiration_date":"tomorrow"}`:                                    "expiration_date",
		`{"name":"a","delivery_mode":"none","audit_trail_locale":"nl"}`:                                       "audit_trail_locale",
		`{"name":"a","delivery_mode":"none","reminder_settings":{"interval_in_days":3,"max_occurrences":1}}`:  "reminder_settings.interval_in_days",
		`{"name":"a","delivery_mode":"none","reminder_settings":{"interval_in_days":2,"max_occurrences":11}}`: "reminder_settings.max_occurrences",
		`{"name":"a","delivery_mode":"none","reminder_settings":{"interval_in_days":2,"more":1}}`:             "more",
		`{"name":"a","delivery_mode":"none","secret":"x"}`:                                                    "secret",
		`{"name":"a","delivery_mode":"none","ordered_signers":"yes"}`:                                         "ordered_signers",
	} {
		r := h.must(400, "POST", "/v3/signature_requests", body)
		if h.text(r, "type") != "validation.error" || h.text(r, "invalid_params.0.name") != field {
			t.Errorf("%s answers %s, want %q to be named", body, r.body, field)
		}
	}
	if n := len(h.must(200, "GET", "/v3/signature_requests", "").at(t, "data").([]any)); n != 0 {
		t.Errorf("%d refused requests exist", n)
	}
}

func TestANewRequestHasEveryFieldOfTheAPI(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	r := h.must(201, "POST", "/v3/signature_requests", strings.Replace(plain, `"name"`, `"expiration_date":"2026-12-31","name"`, 1))
	for _, null := range []string{
		"activated_at", "completed_at", "approved_at", "reminder_settings", "email_custom_note", "sender", "branding_id",
		"custom_experience_id", "bulk_send_batch_id", "rejection_information", "workflow_session_id", "previous_attempt_id",
		"workspace_id", "decline_information",
	} {
		if got := r.at(t, null); got != nil {
			t.Errorf("%s is %v, want null", null, got)
		}
	}
	for field, want := range map[string]string{
		"status": "draft", "source": "public_api", "timezone": "Europe/Paris", "expiration_date": "2026-12-31T22:59:00Z",
		"external_id": "p1.k.abc", "audit_trail_locale": "fr", "created_at": "2026-11-24T12:00:00Z",
	} {
		if got := h.text(r, field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
}

func TestASignerIsRefusedForEachFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, _ := h.draft(plain)
	for change, want := range map[[2]string]string{
		{`"Ana"`, `"Dr. Ana"`}:                              "info.first_name",
		{`"Martin"`, `"Иванов"`}:                            "info.last_name",
		{`"Martin"`, `""`}:                                  "info.last_name",
		{`ana@example.org`, `ana@`}:                         "info.email",
		{`"fr"`, `"pt"`}:                                    "info.locale",
		{`"+33600000001"`, `"0600000001"`}:                  "info.phone_number",
		{`"+33600000001"`, `null`}:                          "info.phone_number",
		{`"+33600000001"`, `"+8613800000000"`}:              "info.phone_number",
		{`"electronic_signature"`, `"strong"`}:              "signature_level",
		{`"otp_sms"`, `"otp_post"`}:                         "signature_authentication_mode",
		{`"otp_sms"`, `null`}:                               "signature_authentication_mode",
		{`"https://app.example/ok"`, `"/ok"`}:               "redirect_urls.success",
		{`"info"`, `"fields":[{"document_id":"x"}],"info"`}: "fields.document_id",
		{`"info"`, `"anything":1,"info"`}:                   "anything",
	} {
		r := h.must(400, "POST", request+"/signers", strings.Replace(ana, change[0], change[1], 1))
		if !strings.Contains(string(r.body), `"name":"`+want+`"`) {
			t.Errorf("%s instead of %s answers %s", change[1], change[0], r.body)
		}
	}
	advanced := strings.Replace(ana, `"electronic_signature"`, `"advanced_electronic_signature"`, 1)
	h.must(400, "POST", request+"/signers", strings.Replace(advanced, "otp_sms", "no_otp", 1))
	h.must(201, "POST", request+"/signers", advanced)
	if r := h.must(400, "POST", request+"/signers", strings.Replace(ana, "otp_sms", "otp_email", 1)); h.text(r, "type") != "configuration.not_enabled" {
		t.Errorf("otp_email answers %s", r.body)
	}
}

func TestDocumentsAreCheckedAndTheirAnchorsCounted(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	id := h.text(h.must(201, "POST", "/v3/signature_requests", plain), "id")
	signable := map[string]string{"nature": "signable_document", "parse_anchors": "true"}
	good := h.upload(id, contractPDF(t), signable)
	if good.status != 201 || good.at(t, "total_anchors") != 2.0 || good.at(t, "total_pages") != 2.0 || h.text(good, "filename") != "contract.pdf" {
		t.Errorf("a good one answers %d %s", good.status, good.body)
	}
	if r := h.upload(id, contractPDF(t), map[string]string{"nature": "signable_document"}); r.at(t, "total_anchors") != 0.0 {
		t.Errorf("anchors are counted without being asked for: %s", r.body)
	}
	stream := []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF")
	for name, c := range map[string]struct {
		file   []byte
		fields map[string]string
		kind   string
	}{
		"no file":       {nil, signable, "validation.error"},
		"no PDF":        {[]byte("hello"), signable, "validation.error"},
		"no nature":     {contractPDF(t), nil, "validation.error"},
		"another field": {contractPDF(t), map[string]string{"nature": "signable_document", "colour": "red"}, "validation.error"},
		"a bad name":    {contractPDF(t), map[string]string{"nature": "signable_document", "name": "a/b"}, "validation.error"},
		"a stream xref": {stream, signable, "document.has_failed"},
		"a cut file":    {contractPDF(t)[:5000], signable, "document.has_failed"},
	} {
		if r := h.upload(id, c.file, c.fields); r.status != 400 || h.text(r, "type") != c.kind {
			t.Errorf("%s answers %d %s, want %s", name, r.status, r.body, c.kind)
		}
	}
	if n := len(h.must(200, "GET", "/v3/signature_requests/"+id+"/documents", "").at(t, "0").(map[string]any)); n == 0 {
		t.Error("the list of documents is no bare array")
	}
	h.must(415, "POST", "/v3/signature_requests/"+id+"/documents", "{}")
}

func TestErrorsHaveTheServicesForm(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	none := "/v3/signature_requests/2d7f6f52-6a3b-4f2e-9a77-2f0c1d3e4f55"
	if r := h.must(404, "GET", none, ""); h.text(r, "type") != "resource.not_found" {
		t.Errorf("an unknown request answers %s", r.body)
	}
	h.must(404, "GET", "/v3/elsewhere", "")
	if r := h.must(405, "PUT", none, "{}"); h.text(r, "message") == "" {
		t.Errorf("a wrong method answers %s", r.body)
	}
	h.must(400, "POST", "/v3/signature_requests", "{")
	if r := h.send("POST", "/v3/signature_requests", "text/plain", "{}"); r.status != 415 {
		t.Errorf("text/plain answers %d", r.status)
	}
	for _, key := range []string{"", "Bearer ", "Bearer other", apiKey} {
		r, err := http.NewRequest("GET", h.http.URL+"/v3/signature_requests", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 401 {
			t.Errorf("the key %q answers %d", key, answer.StatusCode)
		}
	}
}

func TestTheListFiltersAndHasPages(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	var ids []string
	for _, token := range []string{"a", "b", "c"} {
		body := strings.Replace(plain, "p1.k.abc", token, 1)
		ids = append([]string{h.text(h.must(201, "POST", "/v3/signature_requests", body), "id")}, ids...)
		h.advance(time.Second)
	}
	for query, want := range map[string][]string{
		"": ids, "external_id[eq]=b": ids[1:2], "external_id[eq]=x": nil, "limit=2": ids[:2],
	} {
		if got := h.listed(query); !slices.Equal(got, want) {
			t.Errorf("?%s lists %v, want %v", query, got, want)
		}
	}
	first := h.must(200, "GET", "/v3/signature_requests?limit=2", "")
	if rest := h.listed("limit=2&after=" + h.text(first, "meta.next_cursor")); !slices.Equal(rest, ids[2:]) {
		t.Errorf("the second page lists %v", rest)
	}
	for _, bad := range []string{"limit=0", "limit=101", "colour[eq]=red", "external_id[like]=d", "external_id=a", "after=!"} {
		h.must(400, "GET", "/v3/signature_requests?"+bad, "")
	}
}

func (h *fixture) listed(query string) (ids []string) {
	h.t.Helper()
	r := h.must(200, "GET", "/v3/signature_requests?"+query, "")
	for _, item := range r.at(h.t, "data").([]any) {
		ids = append(ids, item.(map[string]any)["id"].(string))
	}
	return ids
}

func TestAnArchiveHoldsEveryDocument(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, _ := h.draft(plain)
	h.upload(strings.TrimPrefix(request, "/v3/signature_requests/"), contractPDF(t), map[string]string{"nature": "signable_document", "name": "second.pdf"})
	body := h.must(200, "GET", request+"/documents/download", "").body
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil || len(z.File) != 2 || z.File[1].Name != "second.pdf" {
		t.Errorf("the archive: %v", err)
	}
}
