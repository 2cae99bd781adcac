package fakeyousign

import (
	"net/http"
)

// proofOfRequest gives the audit trails of all signers in one PDF. Without merge=true the service packs one file each,
// which nobody asks for.
func (s *Service) proofOfRequest(r *http.Request) (answer, error) {
	q, err := s.look(r.PathValue("id"))
	switch {
	case err != nil:
		return answer{}, err
	case r.URL.Query().Get("merge") != "true":
		return answer{}, invalid{{"merge", "This fake knows true only."}}.err()
	case q.Status != stateDone:
		return answer{}, notReady()
	}
	if err := s.delayProof(q.ID); err != nil {
		return answer{}, err
	}
	file, err := proofSheet(q)
	if err != nil {
		return answer{}, err
	}
	return pdfFile(file)
}

// delayProof refuses the audit trail as often as the faults want it.
func (s *Service) delayProof(id string) error {
	plan := s.faults.Plan()
	n := plan.ProofNotReady
	switch {
	case s.faults.meet(plan.ProofNever):
		return notReady()
	case n == 0:
		return nil
	}
	asked := 0
	err := s.change(id, func(q *request) error {
		q.ProofAsked++
		asked = q.ProofAsked
		return nil
	})
	if err == nil && s.faults.meet(asked <= n) {
		return notReady()
	}
	return err
}

func notReady() error {
	return badState("audit_trail.not_ready_for_download", "The audit trail is not ready for download.")
}
