package yousign

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// Waits for 429: what is assumed if the service does not say, and the most that it is believed.
const (
	usualWait   = time.Minute
	longestWait = time.Hour
)

// problem is an error in the service's own form: both words are always there.
type problem struct {
	Type   string `json:"type"`
	Detail string `json:"detail"`
	Params []struct {
		Name string `json:"name"`
	} `json:"invalid_params"`
}

// faults are the statuses that are about this installation, whoever answers.
var faults = map[int]string{
	http.StatusUnauthorized: signing.CauseUnauthorized, http.StatusForbidden: signing.CauseForbidden,
	http.StatusPaymentRequired: signing.CausePayment, http.StatusProxyAuthRequired: signing.CauseProxy,
	http.StatusMethodNotAllowed: signing.CauseAddress, http.StatusGone: signing.CauseAddress, // 405 never comes in the service's form
}

// refusal turns an answer that is not 2xx into what the caller is to do about it. "Not found" and "this will not do"
// count only in the service's own words: a page of some proxy says nothing about a request or an order.
func refusal(status int, header http.Header, body []byte, names bool, now time.Time) error {
	var p problem
	own := json.Unmarshal(body, &p) == nil && p.Type != "" && p.Detail != ""
	if cause := faults[status]; cause != "" {
		return signing.Fault{Cause: cause, Status: status}
	}
	switch status {
	case http.StatusTooManyRequests:
		return signing.Limited{After: retryAfter(header, now)}
	case http.StatusNotFound:
		if own && names {
			return signing.ErrUnknown
		}
		return signing.Fault{Cause: signing.CauseAddress, Status: status}
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity:
		if own {
			return p.rejection(status)
		}
		return signing.Fault{Cause: signing.CauseAddress, Status: status}
	}
	if status/100 == 3 {
		return signing.Fault{Cause: signing.CauseAddress, Status: status}
	}
	return fmt.Errorf("the signature service answered %d", status)
}

func (p problem) rejection(status int) signing.Rejected {
	var fields []string
	for _, f := range p.Params {
		fields = append(fields, plain(f.Name))
	}
	return signing.Rejected{Status: status, Type: plain(p.Type), Detail: strings.Join(fields, ", ")}
}

// plainName is what names of problems and fields look like. Anything else, and the service's sentences, are left out:
// they may quote a name or a number. It is compiled at its first use: a cold start does not wait for it.
var plainName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:\[\]-]{0,99}$`) })

func plain(name string) string {
	if !plainName().MatchString(name) {
		return "?"
	}
	return name
}

// retryAfter reads Retry-After in both forms of RFC 9110 §10.2.3.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	after := usualWait
	if seconds, err := strconv.Atoi(value); err == nil {
		after = time.Duration(min(max(seconds, 0), int(longestWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, time.Second), longestWait)
}

// rejected reports whether err is a refusal of this order.
func rejected(err error) bool {
	var r signing.Rejected
	return errors.As(err, &r)
}

// unsure keeps the words of a refusal and takes its meaning away: a question that is refused says nothing about the
// order.
func unsure(err error) error {
	if rejected(err) {
		return errors.New(err.Error())
	}
	return err
}
