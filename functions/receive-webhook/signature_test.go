package receivewebhook

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestVector is the one of the reference page: key, 356 bytes, and the header that a third program made of them.
func TestVector(t *testing.T) {
	t.Parallel()
	body := []byte(`{"event_id":"0b1e6c2e-8a54-4b5e-9f0b-3c5a7f1f2a10","event_name":"signature_request.done","event_time":"1767225600","subscription_id":"5b0f3b52-93a6-4d38-8a3b-6f6f5d0c4d11","subscription_description":"orchestrator","sandbox":true,"data":{"signature_request":{"id":"2d7f6f52-6a3b-4f2e-9a77-2f0c1d3e4f55","status":"done","external_id":"k1.AAECAwQFBgcICQoL"}}}`)
	p := signatureProof{header: header, secrets: [][]byte{[]byte(secret)}}
	h := http.Header{}
	h.Set("x-yousign-signature-256", "sha256=f21e8215a85515b28383c93d531ea54333224a9264f72ee2f76d549b90a1837a")
	if err := p.verify(h, body); err != nil || len(body) != 356 {
		t.Errorf("%d bytes: %v", len(body), err)
	}
}

// refuse401 fails unless the message with these signature headers is answered 401 and has no effect.
func refuse401(t *testing.T, what string, body []byte, signatures ...string) {
	t.Helper()
	h, broker, _ := newTestHandler()
	w := knock(h, body, func(r *http.Request) { r.Header[header] = signatures })
	if w.Code != http.StatusUnauthorized || len(broker.events) != 0 {
		t.Errorf("%s: got %d, said %v", what, w.Code, broker.events)
	}
}

func TestEveryBitOfTheSignatureCounts(t *testing.T) {
	t.Parallel()
	body := message(sealed(t, seals(), nil))
	mac, _ := hex.DecodeString(strings.TrimPrefix(sign(body, secret), "sha256="))
	for bit := range len(mac) * 8 {
		flipped := bytes.Clone(mac)
		flipped[bit/8] ^= 1 << (bit % 8)
		refuse401(t, fmt.Sprintf("bit %d", bit), body, "sha256="+hex.EncodeToString(flipped))
	}
	for n := range len(mac) {
		refuse401(t, fmt.Sprintf("%d bytes", n), body, "sha256="+hex.EncodeToString(mac[:n]))
	}
}

func TestEveryBitOfTheBodyCounts(t *testing.T) {
	t.Parallel()
	body := message(sealed(t, seals(), nil))
	right := sign(body, secret)
	for i := range body {
		for bit := range 8 {
			changed := bytes.Clone(body)
			changed[i] ^= 1 << bit
			refuse401(t, fmt.Sprintf("bit %d of byte %d", bit, i), changed, right)
		}
		refuse401(t, fmt.Sprintf("cut at %d", i), body[:i], right)
	}
	refuse401(t, "a byte more", append(bytes.Clone(body), '\n'), right)
}

func TestOtherSignaturesDoNotHold(t *testing.T) {
	t.Parallel()
	body := message(sealed(t, seals(), nil))
	right := sign(body, secret)
	digits := strings.TrimPrefix(right, "sha256=")
	raw, _ := hex.DecodeString(digits)
	with := func(of func() hash.Hash) string {
		m := hmac.New(of, []byte(secret))
		m.Write(body)
		return hex.EncodeToString(m.Sum(nil))
	}
	plain := func(b ...[]byte) string { return fmt.Sprintf("%x", sha256.Sum256(bytes.Join(b, nil))) }
	swapped := hmac.New(sha256.New, body)
	swapped.Write([]byte(secret))
	empty := hmac.New(sha256.New, nil)
	empty.Write(body)
	for what, signatures := range map[string][]string{
		"none": nil, "empty": {""}, "prefix only": {"sha256="}, "no prefix": {digits},
		"upper case": {"sha256=" + strings.ToUpper(digits)}, "upper-case prefix": {"SHA256=" + digits}, "another prefix": {"sha512=" + digits},
		"v1 prefix": {"v1=" + digits}, "colon": {"sha256:" + digits}, "blank inside": {"sha256= " + digits},
		"blank before": {" " + right}, "blank behind": {right + " "}, "line end": {right + "\n"}, "NUL behind": {right + "\x00"},
		"a digit more": {right + "0"}, "doubled digits": {right + digits}, "0x": {"sha256=0x" + digits},
		"base64": {"sha256=" + base64.StdEncoding.EncodeToString(raw)}, "raw bytes": {"sha256=" + string(raw)},
		"base64url": {"sha256=" + base64.RawURLEncoding.EncodeToString(raw)}, "quoted": {`"` + right + `"`},
		"full-width digits": {"sha256=" + strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + '０'
			}
			return r
		}, digits)},
		"SHA-1": {"sha1=" + with(sha1.New)}, "SHA-1 as SHA-256": {"sha256=" + with(sha1.New)}, "MD5": {"md5=" + with(md5.New)},
		"SHA-512": {"sha512=" + with(sha512.New)}, "SHA-512 as SHA-256": {"sha256=" + with(sha512.New)},
		"the hash alone": {"sha256=" + plain(body)}, "key before": {"sha256=" + plain([]byte(secret), body)},
		"key behind": {"sha256=" + plain(body, []byte(secret))}, "swapped": {"sha256=" + hex.EncodeToString(swapped.Sum(nil))},
		"no key": {"sha256=" + hex.EncodeToString(empty.Sum(nil))}, "the key's hex": {sign(body, hex.EncodeToString([]byte(secret)))},
		"the key decoded":  {sign(body, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef")},
		"a retired key":    {sign(body, "the secret that was replaced before")},
		"both keys as one": {sign(body, "the secret that is being replaced,"+secret)},
		"twice":            {right, right}, "wrong then right": {"sha256=00", right}, "right then wrong": {right, "sha256=00"}, "as a list": {right + ", " + right},
		"500 of them": strings.Split(strings.Repeat(right+";", 499)+right, ";"),
	} {
		refuse401(t, what, body, signatures...)
	}
}

func TestAReencodedBodyDoesNotHold(t *testing.T) {
	t.Parallel()
	body := message(sealed(t, seals(), nil))
	right := sign(body, secret)
	var pretty, gzipped, wide bytes.Buffer
	_ = json.Indent(&pretty, body, "", "  ")
	z := gzip.NewWriter(&gzipped)
	_, _ = z.Write(body)
	_ = z.Close()
	for _, unit := range utf16.Encode([]rune(string(body))) {
		wide.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	var parsed map[string]any
	_ = json.Unmarshal(body, &parsed)
	sorted, _ := json.Marshal(parsed)
	for what, other := range map[string][]byte{
		"pretty": pretty.Bytes(), "sorted": sorted, "gzip": gzipped.Bytes(), "UTF-16": wide.Bytes(),
		"BOM": append([]byte("\xef\xbb\xbf"), body...), "CRLF": append(bytes.Clone(body), "\r\n"...),
		"escaped": bytes.ReplaceAll(body, []byte("done"), []byte(`\u0064one`)), "empty": nil,
	} {
		refuse401(t, what, other, right)
	}
	h, broker, _ := newTestHandler()
	w := knock(h, gzipped.Bytes(), func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") })
	if w.Code != http.StatusBadRequest || len(broker.events) != 0 {
		t.Errorf("a signed gzip was unpacked: %d", w.Code)
	}
}

func TestEachOfSeveralSecretsSigns(t *testing.T) {
	t.Parallel()
	body := message(sealed(t, seals(), nil))
	for _, key := range []string{secret, "the secret that is being replaced"} {
		h, broker, _ := newTestHandler()
		w := knock(h, body, func(r *http.Request) { r.Header.Set(header, sign(body, key)) })
		if w.Code != http.StatusOK || len(broker.events) != 1 {
			t.Errorf("got %d", w.Code)
		}
	}
}

func TestASignatureInTheTrailerIsNone(t *testing.T) {
	t.Parallel()
	body := message(sealed(t, seals(), nil))
	h, _, _ := newTestHandler()
	w := knock(h, body, func(r *http.Request) {
		r.Trailer = http.Header{header: r.Header[header]}
		r.Header.Del(header)
	})
	if w.Code != http.StatusUnauthorized {
		t.Errorf("got %d", w.Code)
	}
}
