package api

import (
	"net/http"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/audittrail"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// downloadAuditTrails gives the audit trails of all signers in one PDF. Without merge=true the service packs one file each,
// which nobody asks for.
func (s *API) downloadAuditTrails(r *http.Request) (answer, error) {
	q, err := s.store.Get(r.PathValue("id"))
	switch {
	case err != nil:
		return answer{}, err
	case r.URL.Query().Get("merge") != "true":
		return answer{}, wire.InvalidField("merge", "This fake knows true only.")
	case q.Status != model.StateDone:
		return answer{}, notReady()
	}
	if err := s.delayAuditTrail(q.ID); err != nil {
		return answer{}, err
	}
	file, err := audittrail.PDF(q)
	if err != nil {
		return answer{}, err
	}
	return pdfFile(file)
}

// delayAuditTrail refuses the audit trail as often as the faults want it.
func (s *API) delayAuditTrail(id string) error {
	plan := s.faults.Plan()
	n := plan.ProofNotReady
	switch {
	case s.faults.Record(plan.ProofNever):
		return notReady()
	case n == 0:
		return nil
	}
	asked := 0
	err := s.store.Change(id, func(q *model.Request) error {
		q.ProofAsked++
		asked = q.ProofAsked
		return nil
	})
	if err == nil && s.faults.Record(asked <= n) {
		return notReady()
	}
	return err
}

func notReady() error {
	return wire.BadState("audit_trail.not_ready_for_download", "The audit trail is not ready for download.")
}
