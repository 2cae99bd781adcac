package signing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// prepare brings the draft with this id, or a new one if there is none, to where it can be activated. A draft that
// is not the beginning of what would be made now is thrown away: nothing in it is worth repairing.
func (y *Yousign) prepare(ctx context.Context, id string, o Order) (string, map[string]string, error) {
	var documents []wireDocument
	var signers []wireSigner
	var err error
	if id != "" {
		if documents, signers, err = y.inspect(ctx, id); err != nil {
			return id, nil, err
		}
		if !beginningOf(o, documents, signers) {
			if err := y.discard(ctx, wireRequest{ID: id, Status: wireDraft}); err != nil {
				return id, nil, err
			}
			id, documents, signers = "", nil, nil
		}
	}
	if id == "" {
		if id, err = y.create(ctx, o); err != nil {
			return id, nil, err
		}
	}
	if len(documents) == 0 {
		if err := y.upload(ctx, id, o); err != nil {
			return id, nil, err
		}
	}
	ours, err := y.addSigners(ctx, id, signers, o)
	return id, ours, err
}

// beginningOf reports whether a draft with this content is one that an earlier attempt at the order left: nothing,
// or the document, or the document and the first signers.
func beginningOf(o Order, documents []wireDocument, signers []wireSigner) bool {
	if len(documents) == 0 {
		return len(signers) == 0
	}
	if len(documents) > 1 || checkDocument(documents[0], o) != nil || len(signers) > len(o.People) {
		return false
	}
	for i, s := range signers {
		if !s.is(o.People[i]) || s.ID == "" {
			return false
		}
	}
	return true
}

// checkDocument requires one signature place for each signer. Yousign passes in silence over anchors that it cannot
// read and signers that have none; this number is all that it says about them.
func checkDocument(d wireDocument, o Order) error {
	if d.Nature == signableDocument && d.Anchors == len(o.People) {
		return nil
	}
	return Rejected{Type: "paraphe.anchors",
		Detail: fmt.Sprintf("%d signature places were found for %d signers", d.Anchors, len(o.People))}
}

// create makes the draft. If the token came back as something else, no later attempt could find it: its id is
// returned beside the error, so that it is deleted.
func (y *Yousign) create(ctx context.Context, o Order) (string, error) {
	var made wireRequest
	if err := y.post(ctx, "create a signature request", "/signature_requests", newRequest(o), &made); err != nil {
		return "", err
	}
	switch {
	case made.ID == "":
		return "", errors.New("create a signature request: the answer has no id")
	case made.ExternalID != o.Token:
		return made.ID, Rejected{Type: "paraphe.token", Detail: "external_id did not come back as it was sent"}
	}
	return made.ID, nil
}

// upload hands over the document. It is the only call that sends more than a few hundred bytes, so it may take longer.
func (y *Yousign) upload(ctx context.Context, id string, o Order) error {
	act := "upload the document of request " + id
	body, contentType, err := form(o)
	if err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	var d wireDocument
	err = y.json(ctx, call{act: act, method: http.MethodPost, path: path("signature_requests", id, "documents"),
		contentType: contentType, body: body, timeout: fileTimeout}, &d)
	switch {
	case err != nil:
		return err
	case d.ID == "":
		return fmt.Errorf("%s: the answer has no id", act)
	}
	return checkDocument(d, o)
}

// addSigners adds those who are missing, in order: the n-th anchor of the document is the n-th signer's.
func (y *Yousign) addSigners(ctx context.Context, id string, present []wireSigner, o Order) (map[string]string, error) {
	ours := make(map[string]string, len(o.People))
	for i, s := range present {
		ours[o.People[i].ID] = s.ID
	}
	for i := len(present); i < len(o.People); i++ {
		act := fmt.Sprintf("add signer %s to request %s", o.People[i].ID, id)
		var s wireSigner
		if err := y.post(ctx, act, path("signature_requests", id, "signers"), newSigner(o.People[i], o.ReturnURL), &s); err != nil {
			return nil, err
		}
		if s.ID == "" {
			return nil, fmt.Errorf("%s: the answer has no id", act)
		}
		ours[o.People[i].ID] = s.ID
	}
	return ours, nil
}

// match finds for each person the service's signer. Two people with one address are told apart by their phones,
// and if those are the same too, by their order.
func match(people []Signatory, signers []wireSigner) (ours map[string]string, all bool) {
	ours, used := make(map[string]string, len(people)), make(map[string]bool, len(people))
	for _, samePhone := range []bool{true, false} {
		for _, p := range people {
			for _, s := range signers {
				if ours[p.ID] == "" && !used[s.ID] && s.is(p) && (!samePhone || strings.EqualFold(s.Info.Phone, p.Phone)) {
					ours[p.ID], used[s.ID] = s.ID, true
				}
			}
		}
	}
	return ours, len(ours) == len(people)
}
