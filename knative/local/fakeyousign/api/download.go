package api

import (
	"archive/zip"
	"bytes"
	"net/http"
	"os"
	"slices"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// downloadDocuments gives the signable documents: as they stand, or (version=completed) as everyone signed them. One
// comes as PDF, several as an archive.
func (s *API) downloadDocuments(r *http.Request) (answer, error) {
	q, err := s.store.Get(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	version := r.URL.Query().Get("version")
	if version == "completed" && q.Status != model.StateDone {
		return answer{}, wire.BadState("document.unable_to_download_signature_request_not_in_done", "The signature request is not done.")
	}
	if !slices.Contains([]string{"", "current", "completed"}, version) {
		return answer{}, wire.InvalidField("version", "The value must be one of: current, completed.")
	}
	files, err := s.newestFiles(q)
	if err != nil {
		return answer{}, err
	}
	if len(files) == 0 {
		return answer{}, wire.NotFound("document of the signature request", q.ID)
	}
	if len(files) == 1 {
		return pdfFile(files[0].content)
	}
	return archive(files)
}

type namedFile struct {
	name    string
	content []byte
}

// newestFiles reads every signable document with all signatures that it has so far.
func (s *API) newestFiles(q *model.Request) ([]namedFile, error) {
	var files []namedFile
	for _, d := range q.Documents {
		if d.Nature != model.NatureSignable {
			continue
		}
		content, err := os.ReadFile(s.store.File(q.ID, d, d.Revision))
		if err != nil {
			return nil, err
		}
		files = append(files, namedFile{d.Filename, content})
	}
	return files, nil
}

// archive packs files the way the service does for more than one.
func archive(files []namedFile) (answer, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		entry, err := z.Create(f.name)
		if err != nil {
			return answer{}, err
		}
		if _, err := entry.Write(f.content); err != nil {
			return answer{}, err
		}
	}
	if err := z.Close(); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, file: out.Bytes(), kind: "application/zip"}, nil
}
