package api

import (
	"net/http"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// Admin serves /admin for tests and demonstrations. It needs the API key: pages opened on this machine must not reach it.
func (s *API) Admin() http.Handler {
	mux := http.NewServeMux()
	for pattern, act := range map[string]call{
		"GET /admin/faults":                                         func(*http.Request) (answer, error) { return ok(s.faults.Plan()) },
		"POST /admin/faults":                                        s.setFaults,
		"POST /admin/quota":                                         s.setQuota,
		"GET /admin/signature_requests/{id}/webhooks":               s.showOutbox,
		"POST /admin/signature_requests/{id}/signers/{signer}/fail": s.failSigner,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, act) })
	}
	return s.withKey(withNotFound(mux, s))
}

// setFaults replaces the whole plan. An empty body ends all faults.
func (s *API) setFaults(r *http.Request) (answer, error) {
	var plan faults.Plan
	if err := wire.ReadJSON(r, &plan, true); err != nil {
		return answer{}, err
	}
	if err := s.faults.Set(plan); err != nil {
		return answer{}, wire.BadState("standin.bad_plan", err.Error())
	}
	return ok(plan)
}

// setQuota replaces the quota and restarts its counts.
func (s *API) setQuota(r *http.Request) (answer, error) {
	var quota faults.Quota
	if err := wire.ReadJSON(r, &quota, true); err != nil {
		return answer{}, err
	}
	var v wire.Invalid
	v.Must(quota.PerMinute >= 0 && quota.PerHour >= 0, "per_minute", "It must not be below 0.")
	if err := v.Err(); err != nil {
		return answer{}, err
	}
	s.meter.Set(quota)
	return ok(quota)
}

// showOutbox lists the webhooks of a request and their results, without their bodies.
func (s *API) showOutbox(r *http.Request) (answer, error) {
	q, err := s.store.Get(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(wire.Each(q.Outbox, func(d *model.Delivery) wire.Object {
		return wire.Object{"event_id": d.EventID, "event_name": d.Name, "attempts": d.Attempts, "ended": d.Ended, "next": wire.Date(d.Next)}
	}))
}

// failSigner marks a signer as failed, which otherwise happens only if a document cannot be signed.
func (s *API) failSigner(r *http.Request) (answer, error) {
	return s.transition(r, func(q *model.Request) error {
		g := q.Signer(r.PathValue("signer"))
		if g == nil {
			return wire.NotFound("signer", r.PathValue("signer"))
		}
		return s.rules.Fail(q, g)
	}, viewRequest)
}
