package fakeyousign

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/pades"
)

// consent signs every document for a signer who may, and whose code was right. A document that cannot be signed after
// all makes the service give the signer up, as the real one does.
func (s *Service) consent(q *request, g *signer, address string) error {
	now := second(s.o.Now())
	g.Evidence = evidence{Address: address, ConsentAt: now}
	if g.Mode == modeSMS {
		g.Evidence.ValidatedAt = now
	}
	identity, err := s.authority.Issue(g.Info.name(), g.Info.Email, now)
	if err != nil {
		return err
	}
	for _, d := range q.Documents {
		if d.Nature != natureSignable {
			continue
		}
		if err := s.signDocument(q, g, d, identity); err != nil {
			s.o.Log.Warn("a document cannot be signed", "request", q.ID, "document", d.ID, "error", err.Error())
			return s.fail(q, g)
		}
	}
	s.signed(q, g)
	return nil
}

// signDocument writes the next revision of a document: one signature for each place of the signer in it.
func (s *Service) signDocument(q *request, g *signer, d *document, by *pades.Identity) error {
	file, err := os.ReadFile(s.file(q.ID, d, d.Revision))
	if err != nil {
		return err
	}
	placed := 0
	for _, f := range q.fields(g) {
		if f.DocumentID != d.ID {
			continue
		}
		file, err = pades.Sign(file, pades.Signature{
			By: by, Page: f.Page, Box: f.box(d.Boxes[f.Page-1]), Name: g.Info.name(), At: g.Evidence.ConsentAt,
			Reason: wordsFor(g.Info.Locale)["why"], Note: noteOf(g.Info.Locale, q.Timezone, g.Evidence.ConsentAt),
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
	g.Evidence.Signatures = append(g.Evidence.Signatures, evidenceSignature{
		DocumentID: d.ID, Hash: hex.EncodeToString(digest[:]), At: g.Evidence.ConsentAt,
		Certificate: by.Certificate.SerialNumber.Text(16),
	})
	return s.write(s.file(q.ID, d, d.Revision), file)
}

// box turns a field, counted from the upper left corner, into points of the page.
func (f field) box(page [4]float64) [4]float64 {
	left, top := page[0]+f.X, page[3]-f.Y
	return [4]float64{left, top - f.Height, left + f.Width, top}
}

// noteOf says when somebody signed, as it is read in their language and in the request's time zone.
func noteOf(locale, zone string, at time.Time) string {
	if location, err := time.LoadLocation(zone); err == nil {
		at = at.In(location)
	}
	words := wordsFor(locale)
	return words["signed on"] + " " + at.Format(words["date"])
}

// addressOf is where a request came from, without the port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
