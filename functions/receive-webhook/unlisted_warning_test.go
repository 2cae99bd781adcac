package receivewebhook

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// bounded is an answer whose request can be given a time to be read in, as a connection's can.
type bounded struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (b *bounded) SetReadDeadline(at time.Time) error { b.until = at; return nil }

// fromElsewhere sends a message from an address that is not listed. It must be refused as any other is; what it
// returns is the alarms in the log.
func fromElsewhere(t *testing.T, d handler, broker *published, log *bytes.Buffer, body []byte, change func(*http.Request)) int {
	t.Helper()
	before := strings.Count(log.String(), unlistedMessage)
	w := &bounded{ResponseRecorder: httptest.NewRecorder()}
	began := d.now()
	d.ServeHTTP(w, delivery(body, func(r *http.Request) {
		r.RemoteAddr = "203.0.113.9:1"
		if change != nil {
			change(r)
		}
	}))
	if w.Code != http.StatusForbidden || w.Body.String() != "{\"title\":\"Forbidden\",\"status\":403}\n" || len(w.Header()) != 3 || len(broker.events) != 0 {
		t.Errorf("answered %d %s %v, said %v", w.Code, w.Body, w.Header(), broker.events)
	}
	if w.until.After(began.Add(time.Second)) {
		t.Errorf("the body may take until %s after", w.until.Sub(began))
	}
	return strings.Count(log.String(), unlistedMessage) - before
}

// TestASignedMessageFromElsewhereRaisesTheAlarm, and only such a one.
func TestASignedMessageFromElsewhereRaisesTheAlarm(t *testing.T) {
	t.Parallel()
	good := message(sealed(t, seals(), nil))
	unread := func(r *http.Request) { r.Body = io.NopCloser(reading{t}) }
	for name, c := range map[string]struct {
		body   []byte
		change func(*http.Request)
		alarms int
	}{
		"all else right":        {good, nil, 1},
		"the older secret":      {good, func(r *http.Request) { r.Header.Set(header, sign(good, "the secret that is being replaced")) }, 1},
		"signed rubbish":        {[]byte("rubbish"), nil, 1},
		"a spoofed chain":       {good, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "57.130.41.150") }, 1},
		"an unreadable chain":   {good, func(r *http.Request) { r.RemoteAddr = "10.0.0.1:1"; r.Header.Set("X-Forwarded-For", "rubbish") }, 1},
		"another secret":        {good, func(r *http.Request) { r.Header.Set(header, sign(good, "a stranger's secret")) }, 0},
		"a changed body":        {append(bytes.Clone(good), ' '), func(r *http.Request) { r.Header.Set(header, sign(good, secret)) }, 0},
		"no signature":          {good, func(r *http.Request) { unread(r); r.Header.Del(header) }, 0},
		"two signatures":        {good, func(r *http.Request) { unread(r); r.Header.Add(header, sign(good, secret)) }, 0},
		"in upper case":         {good, func(r *http.Request) { unread(r); r.Header.Set(header, strings.ToUpper(sign(good, secret))) }, 0},
		"a line end behind it":  {good, func(r *http.Request) { unread(r); r.Header.Set(header, sign(good, secret)+"\n") }, 0},
		"GET":                   {good, func(r *http.Request) { unread(r); r.Method = "GET" }, 0},
		"who waits to be asked": {good, func(r *http.Request) { unread(r); r.Header.Set("Expect", "100-continue") }, 0},
		"too long by its word":  {good, func(r *http.Request) { unread(r); r.ContentLength = bodyLimit + 1 }, 0},
		"too long":              {bytes.Repeat([]byte(" "), bodyLimit+1), func(r *http.Request) { r.ContentLength = -1 }, 0},
		"endless":               {good, func(r *http.Request) { r.Body = io.NopCloser(endless{}); r.ContentLength = -1 }, 0},
		"broken off":            {good, func(r *http.Request) { r.Body = io.NopCloser(brokenOff{}) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, broker, log := newTestHandler()
			if got := fromElsewhere(t, d, broker, log, c.body, c.change); got != c.alarms {
				t.Errorf("%d alarms, want %d: %s", got, c.alarms, log)
			}
		})
	}
}

// TestTheAlarmCounts: each line says how many there have been, at ERROR, with the network and without the message.
func TestTheAlarmCounts(t *testing.T) {
	t.Parallel()
	d, broker, log := newTestHandler()
	body := message(sealed(t, seals(), nil))
	for range 3 {
		fromElsewhere(t, d, broker, log, body, nil)
	}
	want := `"level":"ERROR","msg":"` + unlistedMessage + `","service":"yousign","slot":"main","reason":"not listed: 203.0.113.0/24","alarms":3}`
	if !strings.Contains(log.String(), want) {
		t.Errorf("the log says %s", log)
	}
	for _, secretly := range []string{"Ana", "ana@", "113.9", sign(body, secret), sealed(t, seals(), nil)[:20]} {
		if strings.Contains(log.String(), secretly) {
			t.Errorf("the log says %q", secretly)
		}
	}
}

// TestStrangersDoNotMakeUsRead: after a few tries nothing of a stranger's is read before time has passed.
func TestStrangersDoNotMakeUsRead(t *testing.T) {
	t.Parallel()
	d, broker, log := newTestHandler()
	clock := time.Now()
	d.now = func() time.Time { return clock }
	body := message(sealed(t, seals(), nil))
	forged := func(r *http.Request) { r.Header.Set(header, sign(body, "a stranger's secret")) }
	for range warnBurst {
		fromElsewhere(t, d, broker, log, body, forged)
	}
	for range 100 {
		fromElsewhere(t, d, broker, log, body, func(r *http.Request) { forged(r); r.Body = io.NopCloser(reading{t}) })
	}
	clock = clock.Add(warnEvery)
	if got := fromElsewhere(t, d, broker, log, body, nil); got != 1 {
		t.Errorf("%d alarms a second later", got)
	}
}
