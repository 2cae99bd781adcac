// Package audittrail draws the audit trail of a signature request as a PDF file.
package audittrail

import (
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
)

// PDF draws the audit trail for people.
func PDF(q *model.Request) ([]byte, error) {
	words := labels(q.AuditTrailLocale)
	sheet := NewSheet(words["title"])
	sheet.Paragraph(words["lead"])
	sheet.Heading(words["request"])
	sheet.Row(words["name"], q.Name)
	sheet.Row(words["id"], q.ID)
	sheet.Row(words["sent"], stamp(q.ActivatedAt))
	sheet.Row(words["completed"], stamp(q.CompletedAt))
	for _, d := range q.Documents {
		sheet.Heading(words["document"])
		sheet.Row(words["name"], d.Filename)
		sheet.Row(words["id"], d.ID)
		sheet.Row(words["digest"], d.SHA256)
	}
	for _, g := range q.Signers {
		signerRows(sheet, words, g)
	}
	return sheet.Bytes()
}

func signerRows(sheet Sheet, words map[string]string, g *model.Signer) {
	sheet.Heading(words["signer"] + " · " + g.Info.Name())
	sheet.Row(words["email"], g.Info.Email)
	if g.Info.PhoneNumber != nil {
		sheet.Row(words["phone"], *g.Info.PhoneNumber)
	}
	if g.Mode == model.ModeSMS {
		sheet.Row(words["authentication"], words["sms"])
		sheet.Row(words["validated"], stamp(g.Evidence.ValidatedAt))
	}
	sheet.Row(words["consent"], stamp(g.Evidence.ConsentAt))
	sheet.Row(words["address"], g.Evidence.Address)
	sheet.Row(words["signed"], stamp(g.SignedAt))
	for _, made := range g.Evidence.Signatures {
		sheet.Row(words["signature"], made.Hash)
		sheet.Row(words["certificate"], made.Certificate)
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// labels are the labels of the audit trail; what has no translation here is in English.
func labels(locale *string) map[string]string {
	if locale != nil && *locale == "fr" {
		return map[string]string{
			"title": "Dossier de preuve", "request": "Demande de signature", "name": "Nom", "id": "Identifiant",
			"lead": "Ce document retrace la signature électronique : qui a signé quoi, quand, et comment cette personne a été reconnue. " +
				"Il provient d’un service de test et n’a aucune valeur juridique.",
			"sent": "Envoyée le", "completed": "Terminée le", "document": "Document", "digest": "Empreinte SHA-256 initiale",
			"signer": "Signataire", "email": "Adresse e-mail", "phone": "Téléphone", "authentication": "Authentification",
			"sms": "Code à usage unique envoyé par SMS", "validated": "Code validé le", "consent": "Consentement donné le",
			"address": "Adresse IP", "signed": "Signé le", "signature": "Empreinte du fichier signé", "certificate": "Certificat",
		}
	}
	return map[string]string{
		"title": "Audit trail", "request": "Signature request", "name": "Name", "id": "Id",
		"lead": "This document tells of the electronic signature: who signed what, when, and how that person was recognised. " +
			"It comes from a service for tests and has no legal value.",
		"sent": "Sent", "completed": "Completed", "document": "Document", "digest": "Initial SHA-256 digest",
		"signer": "Signer", "email": "E-mail address", "phone": "Phone", "authentication": "Authentication",
		"sms": "One-time code sent by SMS", "validated": "Code validated", "consent": "Consent given",
		"address": "IP address", "signed": "Signed", "signature": "Digest of the signed file", "certificate": "Certificate",
	}
}
