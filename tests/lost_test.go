package tests

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
)

// losses is after how many lost deliveries the rest arrives: each costs half a minute at least, until its contract is due.
const losses = 12

// Every fourth delivery is lost, in turns on its way there, unheard, and on its way back, when all is done: the broker
// believes that it arrived, and nothing is delivered again. What nothing followed is said again when it is due, and every
// notification goes out once.
func TestLostDeliveriesAndRepliesLoseNothing(t *testing.T) {
	t.Parallel()
	o := open(t, func(o *devstack.Options) {
		o.ClockEvery = time.Second
		o.Settings = map[string]string{"SENDGRID_SEARCH_AFTER": "2s", "LOOK_EVERY": "5s"}
		var deliveries atomic.Int64
		o.Wrap = func(_ string, address http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Ce-Type") == "" || r.URL.Path != "/" {
					address.ServeHTTP(w, r)
					return
				}
				n := deliveries.Add(1)
				switch {
				case n > 4*losses:
					address.ServeHTTP(w, r)
				case n%8 == 3:
					w.WriteHeader(http.StatusAccepted)
				case n%8 == 7:
					address.ServeHTTP(httptest.NewRecorder(), r)
					w.WriteHeader(http.StatusAccepted)
				default:
					address.ServeHTTP(w, r)
				}
			})
		}
	})
	playSome(t, o, 2)
}
