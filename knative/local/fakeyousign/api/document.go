package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// Bounds of the service: bytes of one document, documents and signers of one request.
const (
	fileLimit     = 50 << 20
	documentLimit = 50
	signerLimit   = 100
)

// upload is the form of a document.
type upload struct {
	file                []byte
	filename            string
	nature, name, parse string
}

// uploadDocument reads and analyses the file before it takes the lock: a big one must not keep the others waiting.
func (s *API) uploadDocument(r *http.Request) (answer, error) {
	id := r.PathValue("id")
	if _, err := s.store.Get(id); err != nil {
		return answer{}, err
	}
	form, err := readUpload(r)
	if err != nil {
		return answer{}, err
	}
	d, err := form.document()
	if err != nil {
		return answer{}, err
	}
	d.CreatedAt = model.Second(s.Now())
	err = s.store.Change(id, func(q *model.Request) error {
		if q.Status != model.StateDraft {
			return wire.WrongState(q.Status, "given a document")
		}
		if len(q.Documents) >= documentLimit {
			return wire.BadState("standin.too_many_documents", "A signature request has at most 50 documents.")
		}
		q.Documents = append(q.Documents, d)
		return s.store.WriteFile(s.store.File(id, d, 0), form.file)
	})
	if err != nil {
		return answer{}, err
	}
	return created(viewDocument(d))
}

// readUpload reads the parts of the form and checks each by itself.
func readUpload(r *http.Request) (upload, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return upload{}, wire.Problem{Status: http.StatusUnsupportedMediaType, Type: "about:blank", Detail: "The body must be multipart/form-data."}
	}
	var form upload
	reader := multipart.NewReader(io.LimitReader(r.Body, fileLimit+wire.JSONLimit), params["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return upload{}, wire.BadState("about:blank", "The form is incomplete or too large.")
		}
		if err := form.take(part); err != nil {
			return upload{}, err
		}
	}
	var v wire.Invalid
	v.Must(len(form.file) > 0, "file", "This value should not be null.")
	v.Must(len(form.file) <= fileLimit, "file", "The file must have at most 50 MB.")
	v.Must(len(form.file) == 0 || bytes.HasPrefix(form.file, []byte("%PDF-")), "file", "The file must be a PDF.")
	oneOf(&v, "nature", form.nature, []string{model.NatureSignable, model.NatureAttachment})
	v.Must(slices.Contains([]string{"", "true", "false"}, form.parse), "parse_anchors", "The value must be true or false.")
	if form.name == "" {
		form.name = form.filename
	}
	checkName(&v, "name", form.name)
	v.Must(!strings.ContainsAny(form.name, `/\`) && strings.TrimSpace(form.name) == form.name, "name", "It must be a plain file name.")
	return form, v.Err()
}

// take reads one part of the form. Parts that this stand-in has no use for are known, and passed over.
func (u *upload) take(part *multipart.Part) error {
	content, err := io.ReadAll(io.LimitReader(part, fileLimit+1))
	if err != nil {
		return wire.BadState("about:blank", "The form is incomplete or too large.")
	}
	switch part.FormName() {
	case "file":
		u.file, u.filename = content, part.FileName()
	case "nature":
		u.nature = string(content)
	case "name":
		u.name = string(content)
	case "parse_anchors":
		u.parse = string(content)
	case "insert_after_id", "password", "initials", "excluded_signers", "excluded_approvers":
	default:
		return wire.InvalidField(part.FormName(), "This field was not expected.")
	}
	return nil
}

// document opens the file as the service would to analyse it.
func (u *upload) document() (*model.Document, error) {
	digest := sha256.Sum256(u.file)
	d := &model.Document{
		ID: wire.NewID(), Filename: u.name, Nature: u.nature, SHA256: hex.EncodeToString(digest[:]),
		PreSigned: bytes.Contains(u.file, []byte("/ByteRange")),
	}
	opened, err := pdf.Open(u.file)
	if err != nil {
		return nil, unusable(err)
	}
	pages, err := opened.Pages()
	if err != nil {
		return nil, unusable(err)
	}
	d.Pages = len(pages)
	for _, page := range pages {
		d.Boxes = append(d.Boxes, page.Box)
	}
	if u.parse == "true" && u.nature == model.NatureSignable {
		if d.Anchors, err = readAnchors(opened, pages); err != nil {
			return nil, unusable(err)
		}
	}
	return d, nil
}

// unusable is how the service says that its analysis of a document failed.
func unusable(err error) error {
	return wire.BadState("document.has_failed", fmt.Sprintf("The document cannot be used: %v.", err))
}

func (s *API) listDocuments(r *http.Request) (answer, error) {
	q, err := s.store.Get(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(wire.Each(q.Documents, viewDocument))
}
