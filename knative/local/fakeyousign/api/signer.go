package api

import (
	"encoding/json"
	"net/http"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// signerBody is what the creation of a signer takes.
type signerBody struct {
	Info struct {
		FirstName   string                `json:"first_name"`
		LastName    string                `json:"last_name"`
		Email       string                `json:"email"`
		PhoneNumber wire.Optional[string] `json:"phone_number"`
		Locale      string                `json:"locale"`
	} `json:"info"`
	Level    string                `json:"signature_level"`
	Mode     wire.Optional[string] `json:"signature_authentication_mode"`
	Delivery wire.Optional[string] `json:"delivery_mode"`
	Redirect wire.Optional[struct {
		Success wire.Optional[string] `json:"success"`
		Error   wire.Optional[string] `json:"error"`
		Decline wire.Optional[string] `json:"decline"`
	}] `json:"redirect_urls"`
	Fields []struct {
		DocumentID string                 `json:"document_id"`
		Type       string                 `json:"type"`
		Page       int                    `json:"page"`
		X          float64                `json:"x"`
		Y          float64                `json:"y"`
		Width      wire.Optional[float64] `json:"width"`
		Height     wire.Optional[float64] `json:"height"`
		Reason     json.RawMessage        `json:"reason"`
		Display    json.RawMessage        `json:"display"`
	} `json:"fields"`

	SMSNotification   json.RawMessage `json:"sms_notification"`
	EmailNotification json.RawMessage `json:"email_notification"`
	CustomText        json.RawMessage `json:"custom_text"`
	InsertAfterID     json.RawMessage `json:"insert_after_id"`
	ExcludedDocuments json.RawMessage `json:"excluded_documents"`
}

// addSigner appends to the signing order; the place in it is the number that anchors go by.
func (s *API) addSigner(r *http.Request) (answer, error) {
	var body signerBody
	if err := wire.ReadJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	var view wire.Object
	err := s.store.Change(r.PathValue("id"), func(q *model.Request) error {
		if q.Status != model.StateDraft {
			return wire.WrongState(q.Status, "given a signer")
		}
		if len(q.Signers) >= signerLimit {
			return wire.BadState("standin.too_many_signers", "A signature request has at most 100 signers.")
		}
		g := body.signer()
		if err := checkSigner(g, q, body.Mode.Pointer()); err != nil {
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
func (b signerBody) signer() *model.Signer {
	g := &model.Signer{
		ID: wire.NewID(), Status: model.SignerInitiated, Level: b.Level, Mode: b.Mode.Value, Delivery: b.Delivery.Pointer(),
		Info: model.Person{
			FirstName: b.Info.FirstName, LastName: b.Info.LastName, Email: b.Info.Email, PhoneNumber: b.Info.PhoneNumber.Pointer(), Locale: b.Info.Locale,
		},
	}
	to := b.Redirect.Value
	g.Redirect = model.Redirects{Success: to.Success.Pointer(), Error: to.Error.Pointer(), Decline: to.Decline.Pointer()}
	for _, f := range b.Fields {
		g.Fields = append(g.Fields, model.Field{
			ID: wire.NewID(), DocumentID: f.DocumentID, Type: f.Type, Page: f.Page, X: f.X, Y: f.Y,
			Width: f.Width.Or(minWidth), Height: f.Height.Or(minHeight),
		})
	}
	return g
}

func checkSigner(g *model.Signer, q *model.Request, mode *string) error {
	var v wire.Invalid
	checkPerson(&v, g.Info)
	checkRedirects(&v, g.Redirect)
	checkFields(&v, q, g.Fields)
	if g.Delivery != nil {
		oneOf(&v, "delivery_mode", *g.Delivery, deliveryModes)
	}
	if err := checkMode(&v, g.Level, mode, g.Info.PhoneNumber); err != nil {
		return err
	}
	return v.Err()
}

func (s *API) listSigners(r *http.Request) (answer, error) {
	q, err := s.store.Get(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(wire.Each(q.Signers, func(g *model.Signer) wire.Object { return s.viewSigner(q, g) }))
}

// signerOf finds the request and the signer that a path names.
func (s *API) signerOf(r *http.Request) (*model.Request, *model.Signer, error) {
	q, err := s.store.Get(r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	g := q.Signer(r.PathValue("signer"))
	if g == nil {
		return nil, nil, wire.NotFound("signer", r.PathValue("signer"))
	}
	return q, g, nil
}

// getSigner answers with a link that opens: asking for a signer whose link is dead makes a fresh one.
func (s *API) getSigner(r *http.Request) (answer, error) {
	q, g, err := s.signerOf(r)
	if err != nil {
		return answer{}, err
	}
	if g.LinkAt(s.PublicURL) != nil && q.Status == model.StateOngoing && !s.Now().Before(g.Link.Expires) {
		err = s.store.Change(q.ID, func(fresh *model.Request) error {
			q, g = fresh, fresh.Signer(g.ID)
			s.rules.Renew(g)
			return nil
		})
	}
	if err != nil {
		return answer{}, err
	}
	return ok(s.viewSigner(q, g))
}

// sendReminder answers 201 with an empty body; there is no notification, because this stand-in writes none.
func (s *API) sendReminder(r *http.Request) (answer, error) {
	q, g, err := s.signerOf(r)
	if err != nil {
		return answer{}, err
	}
	if q.Status != model.StateOngoing || g.Status != model.SignerNotified {
		return answer{}, wire.BadState("standin.status_not_compatible", "Only a signer who is notified can be reminded.")
	}
	return answer{status: http.StatusCreated}, nil
}
