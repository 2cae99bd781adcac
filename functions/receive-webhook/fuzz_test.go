package receivewebhook

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

// FuzzBody knocks with bodies that are rightly signed. Whatever is in them, the handler answers 200, 400 or 403, and says
// an event only with 200, and only about a contract that one of our keys sealed.
func FuzzBody(f *testing.F) {
	token := sealed(f, seals(), nil)
	foreign := sealed(f, seals(), func(m *auth.Sealed) { m.Contract = otherContract })
	for _, body := range [][]byte{
		message(token), message(foreign), message(""), with(token, `"event_id":"x"`), []byte("{}"), nil, []byte("[[["), []byte("\xef\xbb\xbf{}"),
		[]byte(`{"metadata":{"event_name":"x","sandbox":true},"data":{"signature_request":{"external_id":"` + token + `"}}}`),
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h, broker, _ := newTestHandler()
		w := knock(h, body, nil)
		switch w.Code {
		case http.StatusOK:
			if len(broker.events) != 1 || (broker.events[0].Subject != ourContract && broker.events[0].Subject != otherContract) {
				t.Errorf("said %+v", broker.events)
			}
		case http.StatusBadRequest, http.StatusForbidden:
			if len(broker.events) != 0 {
				t.Errorf("refused with %d and said %+v", w.Code, broker.events)
			}
		default:
			t.Errorf("got %d", w.Code)
		}
	})
}

// FuzzSignatureHeader looks for another way of writing a signature than the one that the service has.
func FuzzSignatureHeader(f *testing.F) {
	body := message("x")
	p := signatureProof{header: header, secrets: [][]byte{[]byte(secret)}}
	right := sign(body, secret)
	for _, value := range []string{right, "", "sha256=", strings.ToUpper(right), right + " ", right + "," + right, "sha1=" + right[7:], right + "\x00", right[:70]} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := http.Header{header: {value}}
		if held := p.verify(h, body) == nil; held != (value == right) {
			t.Errorf("%q holds: %v", value, held)
		}
		if p.verify(h, body) == nil && !p.wellFormed(h) {
			t.Errorf("%q holds, and looks as if it could not", value)
		}
	})
}

// FuzzAddressList: a list lets nobody in but those whom it names, in networks that are none of everybody.
func FuzzAddressList(f *testing.F) {
	for _, text := range []string{"192.0.2.1", "192.0.2.0/24, 2001:db8::/32 # both\n\n198.51.100.7", "0.0.0.0/0", "::/0", "::ffff:1.2.3.4/96", "fe80::1%eth0", "#", ","} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseList(text)
		if (err == nil) != (len(all) > 0) {
			t.Fatalf("%q: %v, %v", text, all, err)
		}
		for _, n := range all {
			again, err := parseList(n.String())
			if n.Bits() == 0 || n.Addr().Is4In6() || n != n.Masked() || err != nil || len(again) != 1 || again[0] != n {
				t.Errorf("%q: %v, read again %v, %v", text, n, again, err)
			}
		}
	})
}
