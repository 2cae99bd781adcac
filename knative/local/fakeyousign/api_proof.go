package fakeyousign

import (
	"net/http"
)

// proofJSON is the audit trail of one signer for machines. authentication.validated_at is the proof that the code of
// the SMS was entered.
func (s *Service) proofJSON(r *http.Request) (answer, error) {
	q, g, err := s.provenSigner(r)
	if err != nil {
		return answer{}, err
	}
	return ok(viewProof(q, g))
}

func (s *Service) proofOfSigner(r *http.Request) (answer, error) {
	q, g, err := s.provenSigner(r)
	if err != nil {
		return answer{}, err
	}
	return pdfFile(proofSheet(q, []*signer{g}))
}

// provenSigner finds the signer of a path; the audit trail exists once that signer has signed.
func (s *Service) provenSigner(r *http.Request) (*request, *signer, error) {
	q, g, err := s.signerOf(r)
	if err != nil {
		return nil, nil, err
	}
	if g.Status != signerSigned {
		return nil, nil, notReady()
	}
	return q, g, s.delayProof(q.ID)
}

// proofOfRequest gives the audit trails of all signers: one PDF if they are to be merged, else an archive.
func (s *Service) proofOfRequest(r *http.Request) (answer, error) {
	q, err := s.look(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if q.Status != stateDone {
		return answer{}, notReady()
	}
	if err := s.delayProof(q.ID); err != nil {
		return answer{}, err
	}
	if r.URL.Query().Get("merge") == "true" {
		return pdfFile(proofSheet(q, q.Signers))
	}
	var files []namedFile
	for _, g := range q.Signers {
		files = append(files, namedFile{"audit_trail_" + g.ID + ".pdf", proofSheet(q, []*signer{g})})
	}
	return archive(files)
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

// viewProof is the audit trail as the API writes it.
func viewProof(q *request, g *signer) object {
	return object{
		"version": 1,
		"signature_request": object{
			"id": q.ID, "name": q.Name, "sent_at": date(q.ActivatedAt), "expired_at": date(q.Expires),
		},
		"sender": nil,
		"signer": object{
			"id": g.ID, "first_name": g.Info.FirstName, "last_name": g.Info.LastName, "email_address": g.Info.Email,
			"phone_number": g.Info.PhoneNumber, "ip_address": g.Evidence.Address,
			"consent_given_at":               date(g.Evidence.ConsentAt),
			"signature_process_completed_at": date(g.SignedAt),
		},
		"documents":      each(q.Documents, func(d *document) object { return viewProvenDocument(d, g) }),
		"organization":   object{"name": organization},
		"authentication": viewAuthentication(g),
		"electronic_signature_level": object{
			"level": g.Level,
		},
	}
}

// organization is who the audit trail says that it is from.
const organization = "Local signature service (for tests only)"

// viewAuthentication never claims a code that nobody entered.
func viewAuthentication(g *signer) object {
	if g.Mode != modeSMS {
		return object{"mode": "none", "message": nil, "validated_at": nil}
	}
	return object{
		"mode": "sms", "message": "A code was sent by SMS and entered by the signer.", "validated_at": date(g.Evidence.ValidatedAt),
	}
}

func viewProvenDocument(d *document, g *signer) object {
	signatures := []object{}
	for _, made := range g.Evidence.Signatures {
		if made.DocumentID == d.ID {
			signatures = append(signatures, object{
				"hash": made.Hash, "reason": nil, "certificate": made.Certificate, "generated_at": date(made.At),
			})
		}
	}
	return object{
		"id": d.ID, "name": d.Filename, "mime_type": "application/pdf", "initial_hash": d.SHA256, "signatures": signatures,
	}
}
