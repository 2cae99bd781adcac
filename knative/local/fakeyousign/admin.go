package fakeyousign

import (
	"net/http"
)

// admin is the door for tests and demonstrations. It asks for the same key as the API: a page that somebody opens on
// this machine must not reach it.
func (s *Service) admin() http.Handler {
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
	return s.authorised(known(mux, s))
}

// setFaults puts a whole plan in force: what it does not name does not happen any more. An empty body ends all faults.
func (s *Service) setFaults(r *http.Request) (answer, error) {
	var plan Plan
	if err := readJSON(r, &plan, true); err != nil {
		return answer{}, err
	}
	if err := s.faults.Set(plan); err != nil {
		return answer{}, badState("standin.bad_plan", err.Error())
	}
	return ok(plan)
}

// setQuota begins to count anew, so a test can run into the quota whenever it likes.
func (s *Service) setQuota(r *http.Request) (answer, error) {
	var quota Quota
	if err := readJSON(r, &quota, true); err != nil {
		return answer{}, err
	}
	var v invalid
	v.must(quota.PerMinute >= 0 && quota.PerHour >= 0, "per_minute", "It must not be below 0.")
	if err := v.err(); err != nil {
		return answer{}, err
	}
	s.meter.set(quota)
	return ok(quota)
}

// showOutbox tells how the webhooks of a request went, without what is in them.
func (s *Service) showOutbox(r *http.Request) (answer, error) {
	q, err := s.look(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(each(q.Outbox, func(d *delivery) object {
		return object{"event_id": d.EventID, "event_name": d.Name, "attempts": d.Attempts, "ended": d.Ended, "next": date(d.Next)}
	}))
}

// failSigner makes the service give a signer up, which only happens by itself when a document breaks while it is signed.
func (s *Service) failSigner(r *http.Request) (answer, error) {
	return s.move(r, func(q *request) error {
		g := q.signer(r.PathValue("signer"))
		if g == nil {
			return notFound("signer", r.PathValue("signer"))
		}
		return s.fail(q, g)
	}, viewRequest)
}

// Held is a request that the service holds, by whichever key it was made.
type Held struct{ ID, Status, ExternalID string }

// Holds lists every request, whatever the plan says that the API is to answer.
func (s *Service) Holds() ([]Held, error) {
	all, err := s.newest()
	if err != nil {
		return nil, err
	}
	held := make([]Held, len(all))
	for i, r := range all {
		held[i] = Held{ID: r.ID, Status: r.Status}
		if r.ExternalID != nil {
			held[i].ExternalID = *r.ExternalID
		}
	}
	return held, nil
}
