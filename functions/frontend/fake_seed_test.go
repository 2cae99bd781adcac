package frontend

import (
	"time"

	"github.com/paraphe/paraphe/shared/templates"
)

// seed puts one contract of every kind into the fake.
func (f *fake) seed() {
	kinds := []struct {
		id, status, title string
		ago               time.Duration
	}{
		{"website", "sent", "Refonte du site de vente", 4 * time.Hour},
		{"stuckone", "preparing", "Maintenance de l’atelier", 2 * time.Hour},
		{"draftone", "draft", "Hosting and support 2027", 20 * time.Minute},
		{"bothsigned", "completed", "Audit de sécurité", 26 * time.Hour},
		{"refusedone", "declined", "Photography for the spring catalogue", 50 * time.Hour},
		{"lateone", "expired", "Location de matériel", 9 * 24 * time.Hour},
		{"withdrawn", "cancelled", "Traduction du manuel", 12 * 24 * time.Hour},
		{"older", "completed", "Training for the sales team, first and second quarter, with the printed guide", 40 * 24 * time.Hour},
		{"deadmail", "signed", "Entretien des espaces verts", 5 * time.Hour},
		{"unheard", "sent", "Catering for the summer party", 30 * time.Hour},
		{"signedlate", "cancelled", "Location de la salle", 60 * time.Hour},
	}
	for _, k := range kinds {
		f.contracts = append(f.contracts, f.seeded(k.id, k.status, k.title, f.now().Add(-k.ago)))
	}
	f.troubled()
	f.deadLetters = []map[string]any{
		{"id": "d1", "at": f.now().Add(-2 * time.Hour), "type": "mail.send", "source": "orchestrate", "contract": "website",
			"destination": "http://send-mail.paraphe.svc.cluster.local/", "code": "422", "cause": "refused: the mail service answered 400: the sender is not verified"},
		{"id": "d2", "at": f.now().Add(-26 * time.Hour), "type": "", "source": "", "destination": "http://persist/", "code": "422", "cause": "malformed event", "replayed_at": f.now().Add(-time.Hour)},
	}
}

func (f *fake) seeded(id, status, title string, at time.Time) *fakeContract {
	template, _ := templates.Find("service-agreement")
	c := &fakeContract{
		ID: id, Status: status, Title: title, Template: template.Ref(), Language: "fr", Data: template.Example(),
		Owner: map[string]string{"id": "u-claire", "name": "Claire Morel"}, CreatedAt: at.Add(-time.Hour),
		Deadline: at.Add(30 * 24 * time.Hour).Format(time.RFC3339), Ordered: true,
		Signers: []fakeSigner{
			{ID: "s1", FirstName: "Antoine", LastName: "Lefèvre", Email: "antoine@maison-lefevre.example", Phone: "+33612345642", Locale: "fr", State: "waiting"},
			{ID: "s2", FirstName: "Zoë", LastName: "Okonkwo-Brandt", Email: "zoe.okonkwo-brandt@atelier-rhone.example", Phone: "+33698765417", Locale: "en", State: "waiting"},
		},
	}
	c.note(at.Add(-time.Hour), "person:u-claire", "contract.drafted", nil)
	if status == "draft" || status == "preparing" {
		return c
	}
	c.note(at.Add(-30*time.Minute), "person:u-claire", "action.send", nil)
	c.add("draft")
	c.SentAt = at
	c.note(at.Add(-29*time.Minute), "function:generate-doc", "document.generated", map[string]any{"document": map[string]any{"pages": 3}})
	c.note(at.Add(-29*time.Minute), "function:orchestrate", "signature.opened", map[string]any{"status": "sent"})
	c.note(at.Add(-28*time.Minute), "function:send-mail", "mail.sent", map[string]any{"kind": "invitation", "recipient": "s1"})
	c.Notifications = []map[string]any{{"kind": "invitation", "sequence": 1, "recipient": "s1", "sent_at": at.Add(-28 * time.Minute)}}
	f.ended(c, at)
	return c
}

// ended brings a seeded contract to where its status says it is.
func (f *fake) ended(c *fakeContract, at time.Time) {
	move := func(to string) map[string]any {
		return map[string]any{"status": to}
	}
	switch c.Status {
	case "sent":
		c.Signers[0].State = "invited"
		c.DueAt = f.now().Add(11 * time.Minute)
		c.note(at.Add(time.Minute), "function:orchestrate", "signature.checked", map[string]any{"state": "ongoing"})
		c.note(at.Add(2*time.Minute), "function:orchestrate", "signature.checked", map[string]any{"state": "ongoing"})
	case "completed", "signed":
		for i := range c.Signers {
			c.Signers[i].State, c.Signers[i].SignedAt = "signed", at.Add(-10*time.Minute)
		}
		c.add("signed")
		c.add("proof")
		c.note(at, "function:orchestrate", "signature.checked", move("signed"))
		if c.Status == "completed" {
			c.note(at, "function:send-mail", "mail.sent", map[string]any{"kind": "signed-copy", "recipient": "owner", "status": "completed"})
		}
	case "declined":
		c.Signers[0].State = "declined"
		fallthrough
	default:
		c.note(at, "function:orchestrate", "signature.checked", move(c.Status))
	}
	if c.ID == "signedlate" {
		for i := range c.Signers {
			c.Signers[i].State, c.Signers[i].SignedAt = "signed", at.Add(time.Hour)
		}
		c.add("signed")
		c.add("proof")
		c.note(at.Add(time.Hour), "function:orchestrate", "signature.checked", map[string]any{"state": "done"})
		c.note(at.Add(2*time.Hour), "function:send-mail", "mail.sent", map[string]any{"kind": "late", "recipient": "s1"})
	}
}
