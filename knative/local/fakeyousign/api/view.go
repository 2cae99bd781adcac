package api

import (
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// viewRequest is a SignatureRequest as create, get, patch, cancel and reactivate answer it.
func viewRequest(r *model.Request) wire.Object {
	v := viewListed(r)
	v["signers"] = wire.Each(r.Signers, func(g *model.Signer) wire.Object { return wire.Object{"id": g.ID, "status": g.Status} })
	v["approvers"], v["labels"] = []any{}, []any{}
	v["custom_properties"] = []any{}
	return v
}

// viewListed is a SignatureRequest as the list holds it.
func viewListed(r *model.Request) wire.Object {
	return wire.Object{
		"id": r.ID, "status": r.Status, "name": r.Name, "delivery_mode": r.DeliveryMode,
		"created_at": wire.Date(r.CreatedAt), "activated_at": wire.Date(r.ActivatedAt), "completed_at": wire.Date(r.CompletedAt), "approved_at": nil,
		"ordered_signers": r.Ordered, "ordered_approvers": false, "custom_recipient_order": false,
		"reminder_settings": r.Reminders, "timezone": r.Timezone, "email_custom_note": nil,
		"expiration_date": wire.Date(r.Expires), "source": "public_api",
		"signers":   wire.Each(r.Signers, func(g *model.Signer) wire.Object { return wire.Object{"id": g.ID, "status": g.Status} }),
		"documents": wire.Each(r.Documents, (*model.Document).Ref), "sender": nil, "external_id": r.ExternalID, "branding_id": nil,
		"custom_experience_id": nil, "signers_allowed_to_decline": r.MayDecline, "workspace_id": r.WorkspaceID,
		"audit_trail_locale":  r.AuditTrailLocale,
		"email_notification":  wire.Object{"sender": wire.Object{"type": "organization", "custom_name": nil}, "custom_note": nil},
		"bulk_send_batch_id":  nil,
		"decline_information": r.Decline, "rejection_information": nil, "workflow_session_id": nil, "previous_attempt_id": nil,
	}
}

// viewActivated is the answer of activate: the only one whose signers carry their links.
func (s *API) viewActivated(r *model.Request) wire.Object {
	return wire.Object{
		"id": r.ID, "status": r.Status, "name": r.Name, "delivery_mode": r.DeliveryMode, "created_at": wire.Date(r.CreatedAt),
		"activated_at": wire.Date(r.ActivatedAt), "completed_at": wire.Date(r.CompletedAt), "expiration_date": wire.Date(r.Expires),
		"external_id": r.ExternalID, "approvers": []any{}, "documents": wire.Each(r.Documents, (*model.Document).Ref),
		"signers": wire.Each(r.Signers, func(g *model.Signer) wire.Object {
			return wire.Object{
				"id": g.ID, "status": g.Status,
				"signature_link": g.LinkAt(s.PublicURL), "signature_link_expiration_date": wire.Date(g.Link.Expires),
			}
		}),
	}
}

// viewSigner is a whole Signer; in requests they are only id and status.
func (s *API) viewSigner(r *model.Request, g *model.Signer) wire.Object {
	return wire.Object{
		"id": g.ID, "status": g.Status, "info": g.Info, "signature_level": g.Level, "signature_authentication_mode": g.Mode,
		"delivery_mode": g.Delivery, "redirect_urls": g.Redirect,
		"fields":         wire.Each(r.Fields(g), func(f model.Field) model.Field { return f }),
		"signature_link": g.LinkAt(s.PublicURL), "signature_link_expiration_date": wire.Date(g.Link.Expires),
		"signature_image_preview": nil, "verified_identity_id": nil, "recipient_stage_index": nil, "signed_at": wire.Date(g.SignedAt),
	}
}

func viewDocument(d *model.Document) wire.Object {
	return wire.Object{
		"id": d.ID, "filename": d.Filename, "nature": d.Nature, "content_type": "application/pdf", "sha256": d.SHA256,
		"is_protected": false, "is_signed": d.PreSigned || d.Revision > 0, "created_at": wire.Date(d.CreatedAt), "total_pages": d.Pages,
		"is_locked": d.Revision > 0, "initials": nil, "total_anchors": len(d.Anchors),
		"excluded_approvers": []any{}, "excluded_signers": []any{},
	}
}
