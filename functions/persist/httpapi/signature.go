package httpapi

import (
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/signature"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// leaseAttempt answers with how the contract stands, and gives orchestrate an attempt to itself where it is to act on it. A
// look needs none.
func (h *handlers) leaseAttempt(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[persistclient.LeaseRequest](r)
	if err != nil {
		return answer{}, err
	}
	number, err := attemptNumber(r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.check("act", in.Act == persistclient.ActOpen || in.Act == persistclient.ActWithdraw || in.Act == persistclient.ActFetch || in.Act == persistclient.ActLook,
		"is not one of open, withdraw, fetch, look")
	f.check("for", in.For > 0 && in.For <= signature.LongestLease.Seconds(), fmt.Sprintf("must be more than 0 and at most %g seconds", signature.LongestLease.Seconds()))
	f.check("calls", in.Calls >= 0 && in.Calls <= signature.MaxCalls, fmt.Sprintf("must be 0 to %d", signature.MaxCalls))
	if err := f.err(); err != nil {
		return answer{}, err
	}
	l, err := h.Signature.Lease(r.Context(), caller, contractID(r), number, in)
	return ok(l), err
}

// noteRequest keeps the id of the request that the service has just made.
func (h *handlers) noteRequest(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[persistclient.LeasedRequest](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.length("request", in.Request, 1, 100)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	number, err := attemptNumber(r)
	if err != nil {
		return answer{}, err
	}
	return answer{}, h.Signature.NoteRequest(r.Context(), caller, contractID(r), number, in)
}

// releaseAttempt gives an attempt back before its lease lapses.
func (h *handlers) releaseAttempt(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[persistclient.LeasedRequest](r)
	if err != nil {
		return answer{}, err
	}
	number, err := attemptNumber(r)
	if err != nil {
		return answer{}, err
	}
	return answer{}, h.Signature.Release(r.Context(), caller, contractID(r), number, in.Holder)
}

// takeCalls grants calls of the signature service outside of an attempt.
func (h *handlers) takeCalls(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[persistclient.LeaseRequest](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.check("calls", in.Calls >= 1 && in.Calls <= signature.MaxCalls, fmt.Sprintf("must be 1 to %d", signature.MaxCalls))
	f.check("per_minute", in.PerMinute >= 0, "must be 0 or more")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	granted, err := h.Signature.Calls(r.Context(), caller, in)
	return ok(granted), err
}

// blockCalls notes that the signature service asked to be left alone for a while.
func (h *handlers) blockCalls(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[persistclient.CallsBlocked](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.check("after", in.After > 0 && in.After <= 3600, "must be more than 0 and at most 3600 seconds")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	return answer{}, h.Signature.BlockCalls(r.Context(), caller, in.After)
}

// takePage takes a page of the list of all requests at the signature service.
func (h *handlers) takePage(r *http.Request, caller access.Caller) (answer, error) {
	page, err := decode[persistclient.SweptPage](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.check("number", page.Number > 0, "must be 1 or more")
	f.length("cursor", page.Cursor, 0, 1000)
	f.length("next", page.Next, 0, 1000)
	f.check("requests", len(page.Requests) <= signature.MaxSwept, fmt.Sprintf("must be at most %d", signature.MaxSwept))
	for i, q := range page.Requests {
		f.length(fmt.Sprintf("requests[%d].request", i), q.Request, 1, 100)
		f.length(fmt.Sprintf("requests[%d].external_id", i), q.ExternalID, 1, 255)
	}
	if err := f.err(); err != nil {
		return answer{}, err
	}
	return answer{}, h.Signature.TakePage(r.Context(), caller, page)
}

func (h *handlers) listStrays(r *http.Request, caller access.Caller) (answer, error) {
	list, err := h.Signature.Strays(r.Context(), caller)
	return ok(list), err
}

func (h *handlers) readStray(r *http.Request, caller access.Caller) (answer, error) {
	stray, err := h.Signature.Stray(r.Context(), caller, r.PathValue("id"))
	return ok(stray), err
}

// settleStray notes what an administrator had done with a stray request.
func (h *handlers) settleStray(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[persistclient.Settled](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.length("state", string(in.State), 1, 32)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	return answer{}, h.Signature.Settle(r.Context(), caller, r.PathValue("id"), in)
}
