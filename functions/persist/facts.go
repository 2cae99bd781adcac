package persist

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// keep puts a fact on record that its author brings itself, together with the documents that it names, if it names any:
// neither is ever there without the other. Nothing is said about it yet. That follows when the fact is heard, and by then
// it counts already.
func (d *door) keep(r *http.Request, asks caller) (answer, error) {
	told, parts, err := unpack(r)
	if err != nil {
		return answer{}, err
	}
	fact, err := d.publisher.Verify(told, events.ByHand(asks.Function, contract.ID(r.PathValue("id"))), Manifest)
	if err != nil {
		return answer{}, err
	}
	files, err := documents(parts)
	if err != nil {
		return answer{}, err
	}
	_, err = d.ledger.hearWith(r.Context(), fact, files)
	return answer{}, err
}

// unpack reads the first part of the body, which is the fact.
func unpack(r *http.Request) (told events.Event, rest *multipart.Reader, err error) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		return told, nil, unprocessable("This is not a fact with its documents.")
	}
	rest = multipart.NewReader(r.Body, parameters["boundary"])
	text, _, err := part(rest, bodyLimit)
	if err != nil {
		return told, nil, err
	}
	if told, err = events.FromStructured(text); err != nil {
		return told, nil, unprocessable(err.Error())
	}
	return told, rest, nil
}

// documents reads the other parts.
func documents(parts *multipart.Reader) (files []file, err error) {
	for {
		pdf, more, err := part(parts, persistclient.FileLimit)
		if err != nil || !more {
			return files, err
		}
		files = append(files, file{digestOf(pdf), pdf})
	}
}

// part reads the next part of at most so many bytes, if there is one more.
func part(parts *multipart.Reader, limit int64) (content []byte, more bool, err error) {
	p, err := parts.NextRawPart()
	if err == io.EOF { // itself: one that is wrapped is an end in the middle
		return nil, false, nil
	}
	if err == nil {
		content, err = io.ReadAll(http.MaxBytesReader(nil, p, limit))
	}
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		err = unprocessable("The parts of the body cannot be told apart.")
	}
	return content, true, err
}

// documentsIn are the documents that a fact brings into the record.
func documentsIn(fact events.Payload) (named []*contract.Document) {
	switch f := fact.(type) {
	case events.DocumentGenerated:
		named = append(named, &f.Document)
	case events.SignatureChecked:
		named = append(named, f.SignedCopy, f.Proof)
	}
	return slices.DeleteFunc(named, func(d *contract.Document) bool { return d == nil })
}

// pdfMark is how every PDF begins (ISO 32000-2 §7.5.2). Nothing else of a document is looked at.
var pdfMark = []byte("%PDF-")

// fits requires that the files are what the fact names, no more and no less. What the Broker carries brings none: a fact
// that names documents is never written down for the first time from there.
func fits(named []*contract.Document, files []file) error {
	if len(named) != len(files) {
		return function.Refuse("the fact names %d documents, and %d came with it", len(named), len(files))
	}
	for i, f := range files {
		if !bytes.HasPrefix(f.pdf, pdfMark) {
			return function.Refuse("this is not a PDF")
		}
		if f.digest != named[i].SHA256 || int64(len(f.pdf)) != named[i].Size {
			return function.Refuse("the fact names another document than the one that came with it")
		}
	}
	return nil
}
