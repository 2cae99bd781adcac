package fakeyousign

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
)

func TestAWrongCodeIsCountedAndThenUsedUp(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(plain)
	page := h.link(signers[0])
	try := func(code string, want int) {
		t.Helper()
		if r := h.form(page, "/sign", "consent=yes&code="+code); r.status != want {
			t.Errorf("the code %q answers %d, want %d", code, r.status, want)
		}
	}
	try("123456", 422) // none was sent
	h.form(page, "/otp", "")
	right := h.lastCode()
	wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, right)
	try(wrong, 422)
	try("", 422)
	try(wrong, 429)
	try(right, 422) // used up by now
	if got := h.text(h.must(200, "GET", request, ""), "signers.0.status"); got != "processing" {
		t.Errorf("the signer is %s", got)
	}
	h.advance(model.CodePause)
	h.form(page, "/otp", "")
	try(h.lastCode(), 303)
	try(h.lastCode(), 409) // signed already
}

func TestACodeIsValidForTenMinutes(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(plain)
	page := h.link(signers[0])
	h.form(page, "/otp", "")
	h.advance(model.CodeLife)
	if r := h.form(page, "/sign", "consent=yes&code="+h.lastCode()); r.status != 422 {
		t.Errorf("an old code answers %d", r.status)
	}
}

func TestCodesAreSentFiveTimesADayAndNotAllAtOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(plain)
	page := h.link(signers[0])
	for range model.CodeSends {
		h.form(page, "/otp", "")
		h.form(page, "/otp", "") // at once: not sent again
		h.advance(model.CodePause)
	}
	if r := h.form(page, "/otp", ""); r.status != 429 || len(h.sms) != model.CodeSends {
		t.Errorf("asking once more answers %d, %d codes were sent", r.status, len(h.sms))
	}
	h.advance(model.CodeWindow)
	if r := h.form(page, "/otp", ""); r.status != 303 || len(h.sms) != model.CodeSends+1 {
		t.Errorf("the day after it answers %d, %d codes were sent", r.status, len(h.sms))
	}
}

func TestWithoutConsentNobodySigns(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(plain)
	page := h.link(signers[0])
	h.form(page, "/otp", "")
	if r := h.form(page, "/sign", "code="+h.lastCode()); r.status != 422 || !strings.Contains(string(r.body), `role="alert"`) {
		t.Errorf("without consent it answers %d", r.status)
	}
	if got := h.text(h.must(200, "GET", request, ""), "signers.0.status"); got == "signed" {
		t.Error("without consent somebody signed")
	}
}

func TestAnExpiredLinkIsReplacedWhenTheSignerIsRead(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(plain)
	old := h.link(signers[0])
	if again := h.link(signers[0]); again != old {
		t.Error("a link that opens was replaced")
	}
	h.advance(model.LinkLife)
	if r := h.send("GET", old, "", ""); r.status != http.StatusGone {
		t.Errorf("a dead link answers %d", r.status)
	}
	fresh := h.link(signers[0])
	if r := h.send("GET", fresh, "", ""); r.status != http.StatusOK || fresh == old {
		t.Errorf("a fresh link answers %d", r.status)
	}
	if r := h.send("GET", old, "", ""); r.status != http.StatusNotFound {
		t.Errorf("the replaced link answers %d", r.status)
	}
}

func TestAStrangerSeesNothing(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(plain)
	page, _, _ := strings.Cut(h.link(signers[0]), "?")
	other := h.link(signers[1])
	_, secret, _ := strings.Cut(other, "?")
	for _, address := range []string{page, page + "?s=", page + "?s=x", page + "?" + secret, "/signatures/nobody?s=x"} {
		if r := h.send("GET", address, "", ""); r.status != http.StatusNotFound || strings.Contains(string(r.body), "Martin") {
			t.Errorf("%s answers %d", address, r.status)
		}
		if r := h.form(address, "/otp", ""); r.status != http.StatusNotFound {
			t.Errorf("asking for a code at %s answers %d", address, r.status)
		}
	}
	if h.lastCode() != "" {
		t.Error("a stranger had a code sent")
	}
}

func TestTheFormsOfThePageLeadToTheSignature(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.ongoing(plain)
	page := h.link(signers[1])
	post := func(step, values string) reply {
		return h.form(h.action(h.send("GET", page, "", ""), step), "", values)
	}
	if r := post("/otp", ""); r.status != 303 || r.header.Get("Location") != strings.TrimPrefix(page, h.options.PublicURL) {
		t.Errorf("asking for a code answers %d and leads to %s", r.status, r.header.Get("Location"))
	}
	h.advance(model.CodePause)
	if r := post("/otp", ""); r.status != 303 || len(h.sms) != 2 {
		t.Errorf("asking for another code answers %d", r.status)
	}
	if r := post("/sign", "consent=yes&code="+h.lastCode()); r.status != 303 {
		t.Errorf("signing answers %d", r.status)
	}
	if got := h.text(h.must(200, "GET", request, ""), "signers.1.status"); got != "signed" {
		t.Errorf("the signer is %s", got)
	}
	document := strings.Split(strings.Split(string(h.send("GET", page, "", "").body), `<p><a href="`)[1], `"`)[0]
	if r := h.send("GET", html.UnescapeString(document), "", ""); r.status != 200 || r.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the document of the page answers %d", r.status)
	}
	h.form(h.action(h.send("GET", h.link(signers[0]), "", ""), "/decline"), "", "reason=no")
	if got := h.text(h.must(200, "GET", request, ""), "status"); got != "declined" {
		t.Errorf("after declining it is %s", got)
	}
}

func TestThePageSpeaksTheSignersLanguageAndAllowsOnlyItself(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(plain)
	french := h.send("GET", h.link(signers[0]), "", "")
	english := h.send("GET", h.link(signers[1]), "", "")
	if !strings.Contains(string(french.body), "Recevoir le code") || !strings.Contains(string(english.body), "Send me the code") {
		t.Error("a page is in the wrong language")
	}
	policy := french.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self' https://app.example"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %s", policy, part)
		}
	}
	if got := french.header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("Referrer-Policy is %q: the link would leak", got)
	}
	if strings.Contains(string(french.body), "+33600000001") {
		t.Error("the page shows the whole phone number")
	}
}

func TestWithoutOTPConsentAloneSigns(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.draft(plain)
	free := request + "/signers/" + h.text(h.must(201, "POST", request+"/signers", strings.Replace(
		strings.Replace(ana, "otp_sms", "no_otp", 1), `"info"`, `"fields":[{"document_id":"`+h.documentOf(request)+`","type":"signature","page":1,"x":77,"y":700}],"info"`, 1)), "id")
	h.must(201, "POST", request+"/activate", "")
	if r := h.form(h.link(free), "/otp", ""); r.status != 409 {
		t.Errorf("asking for a code answers %d", r.status)
	}
	if r := h.form(h.link(free), "/sign", "consent=yes"); r.status != 303 {
		t.Errorf("signing answers %d", r.status)
	}
	for _, g := range signers {
		h.sign(g)
	}
	if trail := h.auditTrail(request); strings.Count(trail, "par SMS") != len(signers) {
		t.Errorf("the audit trail claims a code of somebody who needed none: %s", trail)
	}
}

func (h *fixture) documentOf(request string) string {
	h.t.Helper()
	return h.text(h.must(200, "GET", request+"/documents", ""), "0.id")
}

func TestTheRequestExpiresAtItsTimeOnThePageToo(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	_, signers := h.ongoing(strings.Replace(plain, `"name"`, `"expiration_date":"2026-11-25","name"`, 1))
	page := h.link(signers[0])
	h.form(page, "/otp", "")
	h.advance(35 * time.Hour) // 23:59 in Paris is 22:59 UTC
	if r := h.form(page, "/sign", "consent=yes&code="+h.lastCode()); r.status != http.StatusConflict {
		t.Errorf("signing too late answers %d", r.status)
	}
	if r := h.send("GET", page, "", ""); r.status != http.StatusOK || !strings.Contains(string(r.body), "plus rien à signer") {
		t.Errorf("the page of an expired request answers %d", r.status)
	}
}
