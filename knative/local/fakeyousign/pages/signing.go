package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pades"
)

// sign signs every document for a signer whose consent and code were checked. If one cannot be signed the signer fails,
// as with the real service.
func (s *Pages) sign(q *model.Request, g *model.Signer, address string) error {
	now := model.Second(s.Now())
	g.Evidence = model.Evidence{Address: address, ConsentAt: now}
	if g.Mode == model.ModeSMS {
		g.Evidence.ValidatedAt = now
	}
	identity, err := s.Authority.Issue(g.Info.Name(), g.Info.Email, now)
	if err != nil {
		return err
	}
	for _, d := range q.Documents {
		if d.Nature != model.NatureSignable {
			continue
		}
		if err := s.signDocument(q, g, d, identity); err != nil {
			s.Log.Warn("document not signed", "request", q.ID, "document", d.ID, "error", err.Error())
			return s.rules.Fail(q, g)
		}
	}
	s.rules.Signed(q, g)
	return nil
}

// signDocument writes the next revision of a document: one signature for each place of the signer in it.
func (s *Pages) signDocument(q *model.Request, g *model.Signer, d *model.Document, by *pades.Identity) error {
	file, err := os.ReadFile(s.store.File(q.ID, d, d.Revision))
	if err != nil {
		return err
	}
	placed := 0
	for _, f := range q.Fields(g) {
		if f.DocumentID != d.ID {
			continue
		}
		file, err = pades.Sign(file, pades.Signature{
			By: by, Page: f.Page, Box: f.Box(d.Boxes[f.Page-1]), Name: g.Info.Name(), At: g.Evidence.ConsentAt,
			Reason: messages(g.Info.Locale)["why"], Note: noteOf(g.Info.Locale, q.Timezone, g.Evidence.ConsentAt),
		})
		if err != nil {
			return err
		}
		placed++
	}
	if placed == 0 {
		return nil
	}
	d.Revision++
	digest := sha256.Sum256(file)
	g.Evidence.Signatures = append(g.Evidence.Signatures, model.EvidenceSignature{
		DocumentID: d.ID, Hash: hex.EncodeToString(digest[:]), At: g.Evidence.ConsentAt,
		Certificate: by.Certificate.SerialNumber.Text(16),
	})
	return s.store.WriteFile(s.store.File(q.ID, d, d.Revision), file)
}

// noteOf is the date of a signature in the signer's language and the request's time zone.
func noteOf(locale, zone string, at time.Time) string {
	if location, err := time.LoadLocation(zone); err == nil {
		at = at.In(location)
	}
	words := messages(locale)
	return words["signed on"] + " " + at.Format(words["date"])
}

// addressOf is the client's IP address.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
