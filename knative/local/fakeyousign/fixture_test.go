package fakeyousign

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

const apiKey, webhookSecret = "the-key", "0123456789abcdef0123456789abcdef"

// fixture is a signer with a clock and a phone of its own.
type fixture struct {
	*Service
	t       *testing.T
	options Options
	http    *httptest.Server

	mu   sync.Mutex
	time time.Time
	sms  []string // the codes that were sent
}

// newFixture opens a signer; change may set its options.
func newFixture(t *testing.T, change func(*Options)) *fixture {
	t.Helper()
	h := &fixture{t: t, time: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	o := Options{
		Dir: t.TempDir(), PublicURL: "http://signer.test", APIKey: apiKey, WebhookSecret: webhookSecret, Sandbox: true,
		Now: h.now, Log: slog.New(slog.DiscardHandler),
		SMS: func(_, _, code string) { h.mu.Lock(); defer h.mu.Unlock(); h.sms = append(h.sms, code) },
	}
	if change != nil {
		change(&o)
	}
	h.options = o
	var err error
	if h.Service, err = Open(o); err != nil {
		t.Fatal(err)
	}
	h.http = httptest.NewServer(h.Handler())
	t.Cleanup(h.http.Close)
	return h
}

func (h *fixture) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.time
}

// advance lets time pass.
func (h *fixture) advance(d time.Duration) {
	h.mu.Lock()
	h.time = h.time.Add(d)
	h.mu.Unlock()
	h.store.Notify()
}

func (h *fixture) lastCode() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sms) == 0 {
		return ""
	}
	return h.sms[len(h.sms)-1]
}

// reply is an answer of the service.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// at reads a value out of a JSON answer: "data.0.id".
func (r reply) at(t *testing.T, path string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("the answer is no JSON: %s", r.body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			got, there := in[part]
			if !there {
				t.Fatalf("the answer has no %s: %s", path, r.body)
			}
			v = got
		case []any:
			i := int(part[0] - '0')
			if i >= len(in) {
				t.Fatalf("the answer has no %s: %s", path, r.body)
			}
			v = in[i]
		default:
			t.Fatalf("the answer has no %s: %s", path, r.body)
		}
	}
	return v
}

func (h *fixture) text(r reply, path string) string {
	h.t.Helper()
	text, _ := r.at(h.t, path).(string)
	return text
}

// send makes a request to the service; addresses of its own links lead to it too.
func (h *fixture) send(method, path, kind, body string) reply {
	h.t.Helper()
	path = strings.TrimPrefix(path, h.options.PublicURL)
	r, err := http.NewRequest(method, h.http.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+apiKey)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return reply{body: []byte(err.Error())}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, text}
}

func (h *fixture) call(method, path, body string) reply {
	h.t.Helper()
	return h.send(method, path, "application/json", body)
}

// must makes a call that has to answer with this status.
func (h *fixture) must(status int, method, path, body string) reply {
	h.t.Helper()
	r := h.call(method, path, body)
	if r.status != status {
		h.t.Fatalf("%s %s answers %d, want %d: %s", method, path, r.status, status, r.body)
	}
	return r
}

// upload posts a document as the form wants it.
func (h *fixture) upload(request string, file []byte, fields map[string]string) reply {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		_ = form.WriteField(name, value)
	}
	if file != nil {
		part, _ := form.CreateFormFile("file", "contract.pdf")
		_, _ = part.Write(file)
	}
	_ = form.Close()
	return h.send("POST", "/v3/signature_requests/"+request+"/documents", form.FormDataContentType(), body.String())
}

func (h *fixture) form(page, step, values string) reply {
	h.t.Helper()
	u, err := url.Parse(page)
	if err != nil {
		h.t.Fatal(err)
	}
	u.Path += step
	return h.send("POST", u.String(), "application/x-www-form-urlencoded", values)
}

func contractPDF(t *testing.T) []byte {
	t.Helper()
	file, err := os.ReadFile("testdata/contract.pdf")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	ana = `{"info":{"first_name":"Ana","last_name":"Martin","email":"ana@example.org","phone_number":"+33600000001","locale":"fr"},
		"signature_level":"electronic_signature","signature_authentication_mode":"otp_sms",
		"redirect_urls":{"success":"https://app.example/ok","error":null,"decline":"https://app.example/no"}}`
	bob = `{"info":{"first_name":"Bořivoj","last_name":"Žák","email":"bob@example.org","phone_number":"+33600000002","locale":"en"},
		"signature_level":"electronic_signature","signature_authentication_mode":"otp_sms"}`
	plain = `{"name":"Contract 42","delivery_mode":"none","signers_allowed_to_decline":true,"external_id":"p1.k.abc","audit_trail_locale":"fr"}`
)

// draft makes a request with the contract and two signers, and returns its address and those of the signers.
func (h *fixture) draft(body string) (request string, signers []string) {
	h.t.Helper()
	id := h.text(h.must(201, "POST", "/v3/signature_requests", body), "id")
	request = "/v3/signature_requests/" + id
	up := h.upload(id, contractPDF(h.t), map[string]string{"nature": "signable_document", "parse_anchors": "true"})
	if up.status != 201 {
		h.t.Fatalf("upload: %d %s", up.status, up.body)
	}
	for _, g := range []string{ana, bob} {
		signers = append(signers, request+"/signers/"+h.text(h.must(201, "POST", request+"/signers", g), "id"))
	}
	return request, signers
}

// ongoing makes an activated request, and returns its address and those of its signers.
func (h *fixture) ongoing(body string) (request string, signers []string) {
	h.t.Helper()
	request, signers = h.draft(body)
	h.must(201, "POST", request+"/activate", "")
	return request, signers
}

func (h *fixture) link(signer string) string {
	h.t.Helper()
	return h.text(h.must(200, "GET", signer, ""), "signature_link")
}

// sign signs as a program does.
func (h *fixture) sign(signer string) reply {
	h.t.Helper()
	page := h.link(signer)
	if r := h.send("GET", page, "", ""); r.status != 200 {
		h.t.Fatalf("the page answers %d", r.status)
	}
	if r := h.form(page, "/otp", ""); r.status != 303 {
		h.t.Fatalf("asking for a code answers %d: %s", r.status, r.body)
	}
	return h.form(page, "/sign", "consent=yes&code="+h.lastCode())
}

// action finds where the page's form for a step leads, as a browser would.
func (h *fixture) action(page reply, step string) string {
	h.t.Helper()
	for part := range strings.SplitSeq(string(page.body), `action="`) {
		address, _, _ := strings.Cut(part, `"`)
		if strings.Contains(address, step+"?") {
			return html.UnescapeString(address)
		}
	}
	h.t.Fatalf("the page has no form for %s: %s", step, page.body)
	return ""
}
