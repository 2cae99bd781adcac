package httpapi

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// recordFact puts a fact on record that its author brings itself, together with the documents that it names, if it names any:
// neither is ever there without the other. Nothing is published because of it yet. That follows when the
// fact comes as an event, and by then it counts already.
func (h *handlers) recordFact(r *http.Request, caller access.Caller) (answer, error) {
	in, parts, err := unpack(r)
	if err != nil {
		return answer{}, err
	}
	fact, err := h.publisher.Verify(in, events.ByHand(caller.Function, contractID(r)), h.manifest)
	if err != nil {
		return answer{}, err
	}
	files, err := readDocuments(parts)
	if err != nil {
		return answer{}, err
	}
	_, err = h.Contracts.Handle(r.Context(), fact, files)
	return answer{}, err
}

// unpack reads the first part of the body, which is the fact.
func unpack(r *http.Request) (in events.Event, rest *multipart.Reader, err error) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		return in, nil, problem.Invalid("This is not a fact with its documents.")
	}
	rest = multipart.NewReader(r.Body, parameters["boundary"])
	text, _, err := part(rest, BodyLimit)
	if err != nil {
		return in, nil, err
	}
	if in, err = events.FromStructured(text); err != nil {
		return in, nil, problem.Invalid(err.Error())
	}
	return in, rest, nil
}

// readDocuments reads the other parts.
func readDocuments(parts *multipart.Reader) (files []documents.File, err error) {
	for {
		pdf, more, err := part(parts, persistclient.FileLimit)
		if err != nil || !more {
			return files, err
		}
		files = append(files, documents.File{Digest: history.Digest(pdf), PDF: pdf})
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
		err = problem.Invalid("The parts of the body cannot be told apart.")
	}
	return content, true, err
}
