package yousign

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/function"
)

// fill puts into the draft what is missing, and returns the service's signers by our ids. A draft is made in one
// order: the document, checked, then the signers one after the other. So the number of its parts says what is next,
// and only parts that this process did not put there are looked into.
func (w *opening) fill(ctx context.Context, r wireRequest) (map[string]string, error) {
	if !r.mayBecome(len(w.order.People)) {
		return nil, errMisfit
	}
	var err error
	switch {
	case len(r.Documents) == 0:
		err = w.upload(ctx, r.ID)
	case len(r.Signers) == 0 && w.parts.of(r.ID).document != r.Documents[0].ID:
		err = w.checkUpload(ctx, r.ID)
	}
	if err == nil {
		err = w.addSigners(ctx, r.ID, len(r.Signers))
	}
	if err != nil {
		return nil, err
	}
	if known := w.parts.of(r.ID); known.cover(r.Signers) {
		return known.signers, nil
	}
	return w.checkSigners(ctx, r.ID)
}

// mayBecome reports whether a draft with these parts can be the beginning of an order for so many people.
func (r wireRequest) mayBecome(people int) bool {
	switch len(r.Documents) {
	case 0:
		return len(r.Signers) == 0
	case 1:
		return r.Documents[0].Nature == signableDocument && len(r.Signers) <= people
	}
	return false
}

// create makes the draft. If the token came back as something else, no later try could find it: its id is returned
// beside the error, so that it is deleted.
func (w *opening) create(ctx context.Context) (made wireRequest, err error) {
	c := call{act: "create a signature request", path: "/signature_requests"}
	if err := w.inTime(); err != nil {
		return made, err
	}
	if err := w.post(ctx, c, newRequest(w.order), &made); err != nil {
		return wireRequest{}, err
	}
	function.Point("orchestrate.request-created")
	w.answered, w.changed = true, true
	if made.ID == "" {
		return made, errors.New(c.act + ": the answer has no id")
	}
	if err := w.note(ctx, made.ID); err != nil {
		return wireRequest{}, err
	}
	switch {
	case made.ExternalID != w.order.Token:
		return made, signing.Rejected{Type: "paraphe.token", Detail: "external_id did not come back as it was sent"}
	case made.Status != wireDraft:
		return made, fmt.Errorf("%s: the answer is no draft", c.act)
	}
	return made, nil
}

// upload hands over the document. It is the only call that sends more than a few hundred bytes, so it may take longer.
func (w *opening) upload(ctx context.Context, id string) error {
	c := call{act: "upload the document of request " + id, method: http.MethodPost,
		path: path("signature_requests", id, "documents"), names: true, timeout: fileTimeout}
	if err := w.inTime(); err != nil {
		return err
	}
	var err error
	if c.body, c.contentType, err = form(w.order); err != nil {
		return fmt.Errorf("%s: %w", c.act, err)
	}
	var d wireDocument
	err = w.json(ctx, c, &d)
	switch {
	case err != nil:
		return err
	case d.ID == "":
		return fmt.Errorf("%s: the answer has no id", c.act)
	}
	function.Point("orchestrate.document-uploaded")
	if err := d.check(w.order); err != nil {
		return err
	}
	w.changed = true
	w.parts.learn(id, d.ID, nil)
	return nil
}

// check requires one signature place for each signer. Yousign passes in silence over anchors that it cannot read and
// signers that have none; this number is all that it says about them.
func (d wireDocument) check(o signing.Order) error {
	if d.Nature == signableDocument && d.Anchors == len(o.People) {
		return nil
	}
	return signing.Rejected{Type: "paraphe.anchors",
		Detail: fmt.Sprintf("%d signature places were found for %d signers", d.Anchors, len(o.People))}
}

// checkUpload makes up for an answer that an earlier try may not have got.
func (w *opening) checkUpload(ctx context.Context, id string) error {
	documents, err := w.documents(ctx, id)
	switch {
	case err != nil:
		return unsure(err)
	case len(documents) != 1 || documents[0].check(w.order) != nil:
		return errMisfit
	}
	w.parts.learn(id, documents[0].ID, nil)
	return nil
}

// addSigners adds those from the given place on, in order: the n-th anchor of the document is the n-th signer's.
func (w *opening) addSigners(ctx context.Context, id string, from int) error {
	for _, p := range w.order.People[from:] {
		c := call{act: fmt.Sprintf("add signer %s to request %s", p.ID, id), path: path("signature_requests", id, "signers"), names: true}
		if err := w.inTime(); err != nil {
			return err
		}
		var s wireSigner
		if err := w.post(ctx, c, newSigner(p, w.order.ReturnURL), &s); err != nil {
			return err
		}
		if s.ID == "" {
			return fmt.Errorf("%s: the answer has no id", c.act)
		}
		function.Point("orchestrate.signer-added")
		w.changed = true
		w.parts.learn(id, "", map[string]string{p.ID: s.ID})
	}
	return nil
}

// checkSigners makes sure that the draft has exactly the signers, in order.
func (w *opening) checkSigners(ctx context.Context, id string) (map[string]string, error) {
	signers, err := w.signers(ctx, id)
	if err != nil {
		return nil, unsure(err)
	}
	if len(signers) != len(w.order.People) {
		return nil, errMisfit
	}
	ours := make(map[string]string, len(signers))
	for i, p := range w.order.People {
		if signers[i].ID == "" || !signers[i].is(p) {
			return nil, errMisfit
		}
		ours[p.ID] = signers[i].ID
	}
	w.parts.learn(id, "", ours)
	return ours, nil
}

// match finds for each person the service's signer. Two people with one address are told apart by their phones,
// and if those are the same too, by their order.
func match(people []signing.Signatory, signers []wireSigner) (ours map[string]string, all bool) {
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
