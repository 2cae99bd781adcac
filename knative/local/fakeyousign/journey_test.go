package fakeyousign

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/requires"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
)

func TestTwoSignersSignAndEverythingCanBeFetched(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(plain)
	first := h.sign(signers[0])
	to := first.header.Get("Location")
	if first.status != 303 || !strings.HasPrefix(to, "https://app.example/ok?") || !strings.Contains(to, "external_id=p1.k.abc") {
		t.Fatalf("signing answers %d and leads to %s", first.status, to)
	}
	if got := h.text(h.must(200, "GET", request, ""), "status"); got != "ongoing" {
		t.Errorf("after the first signature it is %s", got)
	}
	h.must(400, "GET", request+"/documents/download?version=completed", "")
	second := h.sign(signers[1])
	if to := second.header.Get("Location"); second.status != 303 || !strings.HasPrefix(to, "/signatures/") {
		t.Errorf("signing without an address to go to answers %d and leads to %s", second.status, to)
	}
	done := h.must(200, "GET", request, "")
	if h.text(done, "status") != "done" || done.at(t, "completed_at") == nil {
		t.Errorf("after both it is %s", done.body)
	}
	signed := h.must(200, "GET", request+"/documents/download?version=completed", "").body
	if report := pdfsig(t, signed); strings.Count(report, "Signature is Valid.") != 2 {
		t.Errorf("pdfsig says:\n%s", report)
	}
	h.checkDownloads(request)
}

// checkDownloads checks the audit trail and the other downloads.
func (h *fixture) checkDownloads(request string) {
	h.t.Helper()
	trail := h.auditTrail(request)
	for _, want := range []string{"Ana Martin", "par SMS", "2026-11-24 12:00:00 UTC"} {
		if !strings.Contains(trail, want) {
			h.t.Errorf("the audit trail has no %q: %s", want, trail)
		}
	}
	for _, path := range []string{"/documents/download", "/documents/download?version=current"} {
		if r := h.must(200, "GET", request+path, ""); !bytes.HasPrefix(r.body, []byte("%PDF-")) {
			h.t.Errorf("%s is no PDF", path)
		}
	}
	h.must(400, "GET", request+"/audit_trails/download", "")
}

// auditTrail is the text of a request's audit trail; of its notifications, those of ASCII are right.
func (h *fixture) auditTrail(request string) (text string) {
	h.t.Helper()
	d, err := pdf.Open(h.must(200, "GET", request+"/audit_trails/download?merge=true", "").body)
	if err != nil {
		h.t.Fatal(err)
	}
	glyphs, err := d.Glyphs(0)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, g := range glyphs {
		text += g.Text
	}
	return text
}

func TestOrderedSignersWaitForTheOneBefore(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(strings.Replace(plain, `"name"`, `"ordered_signers":true,"name"`, 1))
	later := h.must(200, "GET", signers[1], "")
	if h.text(later, "status") != "initiated" || later.at(t, "signature_link") != nil {
		t.Errorf("the second signer is asked at once: %s", later.body)
	}
	h.sign(signers[0])
	if got := h.text(h.must(200, "GET", signers[1], ""), "status"); got != "notified" {
		t.Errorf("after the first signature the second signer is %s", got)
	}
}

func TestARestartKeepsEverything(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(plain)
	h.sign(signers[0])
	before := h.must(200, "GET", request, "").body
	link := h.link(signers[1])

	again := newFixture(t, func(o *Options) { o.Dir = h.options.Dir })
	if after := again.must(200, "GET", request, "").body; !bytes.Equal(before, after) {
		t.Errorf("before the restart\n%s\nafter it\n%s", before, after)
	}
	if got := again.link(signers[1]); got != link {
		t.Error("a restart made another link")
	}
	again.sign(signers[1])
	signed := again.must(200, "GET", request+"/documents/download?version=completed", "").body
	if report := pdfsig(t, signed); strings.Count(report, "Signature is Valid.") != 2 {
		t.Errorf("pdfsig says:\n%s", report)
	}
}

// pdfsig lets an independent program judge the file.
func pdfsig(t *testing.T, file []byte) string {
	t.Helper()
	program := requires.Program(t, "pdfsig", "poppler-utils")
	path := filepath.Join(t.TempDir(), "signed.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	report, _ := exec.Command(program, path).CombinedOutput() // its status only says what the report says better
	return string(report)
}
