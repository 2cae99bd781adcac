package fakeyousign

import (
	"time"
)

// object is a JSON object of the API. What is absent in an answer and what is null are different things, so
// every field is written down here.
type object map[string]any

// date is null for a time that has not come.
func date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// viewRequest is a SignatureRequest as create, get, patch, cancel and reactivate answer it.
func viewRequest(r *request) object {
	v := viewListed(r)
	v["signers"] = each(r.Signers, func(g *signer) object { return object{"id": g.ID, "status": g.Status} })
	v["approvers"], v["labels"] = []any{}, []any{}
	v["custom_properties"] = []any{}
	return v
}

// viewListed is a SignatureRequest as the list holds it.
func viewListed(r *request) object {
	return object{
		"id": r.ID, "status": r.Status, "name": r.Name, "delivery_mode": r.DeliveryMode,
		"created_at": date(r.CreatedAt), "activated_at": date(r.ActivatedAt), "completed_at": date(r.CompletedAt), "approved_at": nil,
		"ordered_signers": r.Ordered, "ordered_approvers": false, "custom_recipient_order": false,
		"reminder_settings": r.Reminders, "timezone": r.Timezone, "email_custom_note": nil,
		"expiration_date": date(r.Expires), "source": "public_api",
		"signers":   each(r.Signers, func(g *signer) object { return object{"id": g.ID, "status": g.Status} }),
		"documents": each(r.Documents, viewDocumentRef), "sender": nil, "external_id": r.ExternalID, "branding_id": nil,
		"custom_experience_id": nil, "signers_allowed_to_decline": r.MayDecline, "workspace_id": r.WorkspaceID,
		"audit_trail_locale":  r.AuditTrailLocale,
		"email_notification":  object{"sender": object{"type": "organization", "custom_name": nil}, "custom_note": nil},
		"bulk_send_batch_id":  nil,
		"decline_information": r.Decline, "rejection_information": nil, "workflow_session_id": nil, "previous_attempt_id": nil,
	}
}

// viewActivated is the answer of activate: the only one whose signers carry their links.
func (s *Service) viewActivated(r *request) object {
	return object{
		"id": r.ID, "status": r.Status, "name": r.Name, "delivery_mode": r.DeliveryMode, "created_at": date(r.CreatedAt),
		"activated_at": date(r.ActivatedAt), "completed_at": date(r.CompletedAt), "expiration_date": date(r.Expires),
		"external_id": r.ExternalID, "approvers": []any{}, "documents": each(r.Documents, viewDocumentRef),
		"signers": each(r.Signers, func(g *signer) object {
			return object{
				"id": g.ID, "status": g.Status,
				"signature_link": s.linkOf(g), "signature_link_expiration_date": date(g.Link.Expires),
			}
		}),
	}
}

// viewSigner is a whole Signer; in requests they are only id and status.
func (s *Service) viewSigner(r *request, g *signer) object {
	return object{
		"id": g.ID, "status": g.Status, "info": g.Info, "signature_level": g.Level, "signature_authentication_mode": g.Mode,
		"delivery_mode": g.Delivery, "redirect_urls": g.Redirect,
		"fields":         each(r.fields(g), func(f field) field { return f }),
		"signature_link": s.linkOf(g), "signature_link_expiration_date": date(g.Link.Expires),
		"signature_image_preview": nil, "verified_identity_id": nil, "recipient_stage_index": nil, "signed_at": date(g.SignedAt),
	}
}

// linkOf is the address of a signer's page, or nil: nobody who is not invited, or has finished, has one.
func (s *Service) linkOf(g *signer) any {
	if g.Link.Secret == "" || (g.Status != signerNotified && g.Status != signerProcessing) {
		return nil
	}
	return s.o.PublicURL + "/signatures/" + g.ID + "?s=" + g.Link.Secret
}

func viewDocumentRef(d *document) object { return object{"id": d.ID, "nature": d.Nature} }

func viewDocument(d *document) object {
	return object{
		"id": d.ID, "filename": d.Filename, "nature": d.Nature, "content_type": "application/pdf", "sha256": d.SHA256,
		"is_protected": false, "is_signed": d.PreSigned || d.Revision > 0, "created_at": date(d.CreatedAt), "total_pages": d.Pages,
		"is_locked": d.Revision > 0, "initials": nil, "total_anchors": len(d.Anchors),
		"excluded_approvers": []any{}, "excluded_signers": []any{},
	}
}

// each maps a list and is never null.
func each[T, U any](list []T, view func(T) U) []U {
	out := make([]U, 0, len(list))
	for _, item := range list {
		out = append(out, view(item))
	}
	return out
}
