package fakeyousign

import (
	"encoding/json"
	"net/http"
)

// signerBody is what the creation of a signer takes.
type signerBody struct {
	Info struct {
		FirstName   string           `json:"first_name"`
		LastName    string           `json:"last_name"`
		Email       string           `json:"email"`
		PhoneNumber optional[string] `json:"phone_number"`
		Locale      string           `json:"locale"`
	} `json:"info"`
	Level    string           `json:"signature_level"`
	Mode     optional[string] `json:"signature_authentication_mode"`
	Delivery optional[string] `json:"delivery_mode"`
	Redirect optional[struct {
		Success optional[string] `json:"success"`
		Error   optional[string] `json:"error"`
		Decline optional[string] `json:"decline"`
	}] `json:"redirect_urls"`
	Fields []struct {
		DocumentID string            `json:"document_id"`
		Type       string            `json:"type"`
		Page       int               `json:"page"`
		X          float64           `json:"x"`
		Y          float64           `json:"y"`
		Width      optional[float64] `json:"width"`
		Height     optional[float64] `json:"height"`
		Reason     json.RawMessage   `json:"reason"`
		Display    json.RawMessage   `json:"display"`
	} `json:"fields"`

	SMSNotification   json.RawMessage `json:"sms_notification"`
	EmailNotification json.RawMessage `json:"email_notification"`
	CustomText        json.RawMessage `json:"custom_text"`
	InsertAfterID     json.RawMessage `json:"insert_after_id"`
	ExcludedDocuments json.RawMessage `json:"excluded_documents"`
}

// addSigner appends to the signing order; the place in it is the number that anchors go by.
func (s *Service) addSigner(r *http.Request) (answer, error) {
	var body signerBody
	if err := readJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	var view object
	err := s.change(r.PathValue("id"), func(q *request) error {
		if q.Status != stateDraft {
			return wrongState(q, "given a signer")
		}
		if len(q.Signers) >= signerLimit {
			return badState("standin.too_many_signers", "A signature request has at most 100 signers.")
		}
		g := body.signer()
		if err := g.check(q, body.Mode.Pointer()); err != nil {
			return err
		}
		q.Signers = append(q.Signers, g)
		view = s.viewSigner(q, g)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return created(view)
}

// signer makes the signer as it is kept, not yet checked.
func (b signerBody) signer() *signer {
	g := &signer{
		ID: newID(), Status: signerInitiated, Level: b.Level, Mode: b.Mode.Value, Delivery: b.Delivery.Pointer(),
		Info: person{b.Info.FirstName, b.Info.LastName, b.Info.Email, b.Info.PhoneNumber.Pointer(), b.Info.Locale},
	}
	to := b.Redirect.Value
	g.Redirect = redirects{to.Success.Pointer(), to.Error.Pointer(), to.Decline.Pointer()}
	for _, f := range b.Fields {
		g.Fields = append(g.Fields, field{
			ID: newID(), DocumentID: f.DocumentID, Type: f.Type, Page: f.Page, X: f.X, Y: f.Y,
			Width: f.Width.Or(minWidth), Height: f.Height.Or(minHeight),
		})
	}
	return g
}

func (g *signer) check(q *request, mode *string) error {
	var v invalid
	checkPerson(&v, g.Info)
	checkRedirects(&v, g.Redirect)
	checkFields(&v, q, g.Fields)
	if g.Delivery != nil {
		oneOf(&v, "delivery_mode", *g.Delivery, deliveryModes)
	}
	if err := checkMode(&v, g.Level, mode, g.Info.PhoneNumber); err != nil {
		return err
	}
	return v.err()
}

func (s *Service) listSigners(r *http.Request) (answer, error) {
	q, err := s.look(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(each(q.Signers, func(g *signer) object { return s.viewSigner(q, g) }))
}

// signerOf finds the request and the signer that a path names.
func (s *Service) signerOf(r *http.Request) (*request, *signer, error) {
	q, err := s.look(r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	g := q.signer(r.PathValue("signer"))
	if g == nil {
		return nil, nil, notFound("signer", r.PathValue("signer"))
	}
	return q, g, nil
}

// getSigner answers with a link that opens: asking for a signer whose link is dead makes a fresh one.
func (s *Service) getSigner(r *http.Request) (answer, error) {
	q, g, err := s.signerOf(r)
	if err != nil {
		return answer{}, err
	}
	if s.linkOf(g) != nil && q.Status == stateOngoing && !s.o.Now().Before(g.Link.Expires) {
		err = s.change(q.ID, func(fresh *request) error {
			q, g = fresh, fresh.signer(g.ID)
			s.renew(g)
			return nil
		})
	}
	if err != nil {
		return answer{}, err
	}
	return ok(s.viewSigner(q, g))
}

// sendReminder answers 201 with an empty body; there is no letter, because this stand-in writes none.
func (s *Service) sendReminder(r *http.Request) (answer, error) {
	q, g, err := s.signerOf(r)
	if err != nil {
		return answer{}, err
	}
	if q.Status != stateOngoing || g.Status != signerNotified {
		return answer{}, badState("standin.status_not_compatible", "Only a signer who is notified can be reminded.")
	}
	return answer{status: http.StatusCreated}, nil
}
