package yousign_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
)

const (
	creating    = "POST /v3/signature_requests"
	listing     = "GET /v3/signature_requests"
	uploading   = "POST /v3/signature_requests/{id}/documents"
	adding      = "POST /v3/signature_requests/{id}/signers"
	activating  = "POST /v3/signature_requests/{id}/activate"
	deleting    = "DELETE /v3/signature_requests/{id}"
	showing     = "GET /v3/signature_requests/{id}"
	cancelling  = "POST /v3/signature_requests/{id}/cancel"
	downloading = "GET /v3/signature_requests/{id}/documents/download"
	signersOf   = "GET /v3/signature_requests/{id}/signers"
	documentsOf = "GET /v3/signature_requests/{id}/documents"
	trailing    = "GET /v3/signature_requests/{id}/audit_trails/download"
)

// begun is what is known of an attempt whose earlier tries may have made anything and noted nothing.
var begun = signing.Progress{Begun: true}

// attempt is what the record keeps of an attempt and gives to each try.
type attempt struct {
	id    string
	begun bool
}

func (a *attempt) open(ctx context.Context, c *yousign.Client, o signing.Order) (signing.Opened, error) {
	p := signing.Progress{RequestID: a.id, Begun: a.begun, Note: func(_ context.Context, id string) error {
		a.id = id
		return nil
	}}
	a.begun = true
	return c.Open(ctx, o, p)
}

// order has two signers and a document with a place for each.
func order() signing.Order {
	return signing.Order{
		Token: "p1.k1.AAECAwQFBgcICQoL-_", Title: "Service agreement <Dupont & Fils>", Language: "fr",
		Document: []byte("%PDF-1.7\n{{s1|signature|180|78}} {{s2|signature|180|78}}\n"),
		Deadline: time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC), ReturnURL: "https://sign.example/signed",
		People: []signing.Signatory{
			{ID: "s-ana", FirstName: "Ana", LastName: "Martin", Email: "ana@example.org", Phone: "+33600000001", Locale: "fr"},
			{ID: "s-bob", FirstName: "Bob", LastName: "Žižka", Email: "bob@example.org", Phone: "+33600000002", Locale: "cs"},
		},
	}
}

// requireOne fails unless the service has one request of the order, complete and active, and opened names it.
func requireOne(t *testing.T, y *fakeYousign, opened signing.Opened) {
	t.Helper()
	living := y.living()
	if len(living) != 1 {
		t.Fatalf("the service has %d requests, want 1", len(living))
	}
	q := living[0]
	if q.ID != opened.RequestID || q.Status != "ongoing" || len(q.Documents) != 1 || len(q.Signers) != 2 {
		t.Fatalf("request %s is %s with %d documents and %d signers; opened %s", q.ID, q.Status, len(q.Documents), len(q.Signers), opened.RequestID)
	}
	for i, p := range order().People {
		s := q.Signers[i]
		if email := s.Body["info"].(map[string]any)["email"].(string); !strings.EqualFold(email, p.Email) || opened.Signers[p.ID] != s.ID {
			t.Errorf("signer %d is %v with id %s; %s was told %s", i, email, s.ID, p.ID, opened.Signers[p.ID])
		}
	}
}

func TestOpenHandsOverTheOrder(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	var a attempt
	opened, err := a.open(context.Background(), c, order())
	if err != nil {
		t.Fatal(err)
	}
	requireOne(t, y, opened)
	q := y.living()[0]
	for field, want := range map[string]any{
		"name": "Service agreement Dupont & Fils", "expiration_date": "2026-07-01", "external_id": order().Token,
		"ordered_signers": false, "audit_trail_locale": "fr",
	} {
		if q.Body[field] != want {
			t.Errorf("%s is %v, want %v", field, q.Body[field], want)
		}
	}
	if info := q.Signers[1].Body["info"].(map[string]any); info["locale"] != "en" {
		t.Errorf("a language that the service has not became %v, want en", info["locale"])
	}
	if urls := q.Signers[0].Body["redirect_urls"].(map[string]any); urls["decline"] != order().ReturnURL {
		t.Errorf("who declines is sent to %v", urls["decline"])
	}
	if want := []string{creating, uploading, adding, adding, activating}; !slices.Equal(y.calls, want) {
		t.Errorf("it took the calls %v", y.did())
	}
	if a.id != opened.RequestID {
		t.Errorf("%q was noted", a.id)
	}
}

func TestOpenWithoutAReturnAddressSetsNone(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	o := order()
	o.ReturnURL = ""
	if _, err := c.Open(context.Background(), o, begun); err != nil {
		t.Fatal(err)
	}
	if urls, set := y.living()[0].Signers[0].Body["redirect_urls"]; set {
		t.Errorf("redirect_urls is %v", urls)
	}
}

// TestOpenGoesOnAfterAnyFault breaks each step in each way, repeats the command as the broker does, and expects one
// request with one document and the right signers.
func TestOpenGoesOnAfterAnyFault(t *testing.T) {
	t.Parallel()
	ways := map[string]fault{
		"answer lost":        {after: true},
		"connection refused": {},
		"500 before":         {status: 500, body: `{"type":"about:blank","detail":"Ana Martin"}`},
		"500 after":          {status: 500, after: true, body: `{}`},
		"502 HTML after":     {status: 502, after: true, body: "<html>Bad gateway</html>"},
		"429":                {status: 429, body: `{"message":"slow down"}`, header: map[string]string{"Retry-After": "7"}},
		"redirect":           {status: 307, header: map[string]string{"Location": "https://elsewhere.example/"}},
		"200 not JSON":       {status: 200, after: true, body: "<html>"},
		"200 of wrong types": {status: 200, after: true, body: `{"id":7,"data":"x"}`},
		"200 without an id":  {status: 200, after: true, body: `{"data":[{}]}`},
		"404 HTML":           {status: 404, body: "<html>no such site</html>"},
		"too long":           {status: 200, after: true, body: strings.Repeat(" ", 2<<20)},
	}
	for _, step := range []string{listing, creating, uploading, adding, showing, activating} {
		for name, way := range ways {
			for _, noting := range []bool{true, false} {
				for skip := range 2 {
					t.Run(strings.NewReplacer("/v3/signature_requests", "", "/", "_").Replace(step)+" "+name, func(t *testing.T) {
						t.Parallel()
						y, c := newFake(t)
						struck := way
						struck.on, struck.skip = step, skip
						y.faults = []*fault{&struck}
						requireOne(t, y, repeat(t, y, c, step, name, noting))
					})
				}
			}
		}
	}
}

// repeat gives the order until it is open, as the broker would, and checks what each error says: nothing personal,
// and never that it is useless to try again. Without noting, each try knows only that there were others.
func repeat(t *testing.T, y *fakeYousign, c *yousign.Client, step, way string, noting bool) signing.Opened {
	t.Helper()
	var a attempt
	for range 4 {
		if !noting {
			a = attempt{begun: true}
		}
		opened, err := a.open(context.Background(), c, order())
		if err == nil {
			return opened
		}
		var rejected signing.Rejected
		if errors.As(err, &rejected) {
			t.Errorf("%v ends what could be tried again", err)
		}
		var limited signing.Limited
		if way == "429" && (!errors.As(err, &limited) || limited.After != 7*time.Second) {
			t.Errorf("%v does not say to wait 7s", err)
		}
		for _, p := range append(order().People, signing.Signatory{Email: order().Token, FirstName: order().Token, Phone: key}) {
			for _, personal := range []string{p.FirstName, p.Email, p.Phone} {
				if strings.Contains(err.Error(), personal) {
					t.Errorf("the error %q says %q", err, personal)
				}
			}
		}
	}
	t.Fatalf("%s, %s: still not open; calls %v", step, way, slices.Compact(y.did()))
	return signing.Opened{}
}

func TestOpenTwiceIsOnce(t *testing.T) {
	t.Parallel()
	y, c := newFake(t)
	first, err := c.Open(context.Background(), order(), begun)
	if err != nil {
		t.Fatal(err)
	}
	y.do(func() { y.sign(y.all[0], y.all[0].Signers[0]) })
	second, err := c.Open(context.Background(), order(), begun)
	if err != nil || first.RequestID != second.RequestID || first.Signers["s-bob"] != second.Signers["s-bob"] {
		t.Errorf("the second time: %v, %v; the first time: %v", second, err, first)
	}
	if y.count(creating) != 1 || y.count(activating) != 1 {
		t.Errorf("created %d times, activated %d times", y.count(creating), y.count(activating))
	}
}
