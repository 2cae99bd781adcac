package receivewebhook

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// alarm is raised when a message is signed by the service and comes from an address that is not on its list: the
// service has moved, and until the list says so its messages are lost. The alarm lets nothing in.
//
// It is a line of the log at ERROR with always the same words and a running count. A process that ends when nobody
// calls is gone before anything would collect a metric from it; its log stays.
type alarm struct {
	pace  *rate.Limiter // how often a stranger's body may be read to find out
	count atomic.Int64  // since this process started
}

// Strangers do not make us read more than a megabyte a second, after the first five. If they use that up, a true
// alarm waits: the service repeats what was refused for days.
const (
	alarmEvery    = time.Second
	alarmBurst    = 5
	alarmPatience = 500 * time.Millisecond // for the body, so that the answer still comes within a second
)

const alarmWords = "signed by the service, but from an address that is not listed"

func newAlarm() *alarm { return &alarm{pace: rate.NewLimiter(rate.Every(alarmEvery), alarmBurst)} }

// heed looks whether a request that is refused because of its address is a reason for the alarm. The answer is the
// same either way: nothing is written here, and who waits to be asked for the body is not asked.
func (d door) heed(w http.ResponseWriter, r *http.Request, reason error) {
	if r.Method != http.MethodPost || r.Header.Get("Expect") != "" || r.ContentLength > bodyLimit ||
		!d.signature.formed(r.Header) || !d.alarm.pace.AllowN(d.now(), 1) {
		return
	}
	if http.NewResponseController(w).SetReadDeadline(d.now().Add(alarmPatience)) != nil {
		return // it could take for ever
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	if err != nil || len(body) > bodyLimit || d.signature.refuses(r.Header, body) != nil {
		return
	}
	d.log.Error(alarmWords, "service", d.service.name(), "slot", string(d.slot), "reason", reason.Error(),
		"alarms", d.alarm.count.Add(1))
}
