package receivewebhook

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// unlistedWarning is raised when a message is signed by the service and comes from an address that is not on its list: the
// service has moved, and until the list says so its messages are lost. The alarm lets nothing in.
//
// It is a line of the log at ERROR with always the same words and a running count. A process that ends when nobody
// calls is gone before anything would collect a metric from it; its log stays.
type unlistedWarning struct {
	pace  *rate.Limiter // how often a stranger's body may be read to find out
	count atomic.Int64  // since this process started
}

// Strangers do not make us read more than a megabyte a second, after the first five. If they use that up, a true
// alarm waits: the service repeats what was refused for days.
const (
	warnEvery     = time.Second
	warnBurst     = 5
	alarmPatience = 500 * time.Millisecond // for the body, so that the answer still comes within a second
)

const unlistedMessage = "signed by the service, but from an address that is not listed"

func newUnlistedWarning() *unlistedWarning {
	return &unlistedWarning{pace: rate.NewLimiter(rate.Every(warnEvery), warnBurst)}
}

// warn looks whether a request that is refused because of its address is a reason for the alarm. The answer is the
// same either way: nothing is written here, and who waits to be asked for the body is not asked.
func (d handler) warn(w http.ResponseWriter, r *http.Request, reason error) {
	if r.Method != http.MethodPost || r.Header.Get("Expect") != "" || r.ContentLength > bodyLimit ||
		!d.signature.wellFormed(r.Header) || !d.alarm.pace.AllowN(d.now(), 1) {
		return
	}
	if http.NewResponseController(w).SetReadDeadline(d.now().Add(alarmPatience)) != nil {
		return // it could take for ever
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	if err != nil || len(body) > bodyLimit || d.signature.verify(r.Header, body) != nil {
		return
	}
	d.log.Error(unlistedMessage, "service", d.service.name(), "slot", string(d.slot), "reason", reason.Error(),
		"alarms", d.alarm.count.Add(1))
}
