package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ShowDocument answers a PDF: what is to be signed, what was signed, or the signature service's proof. Without a
// version it is the signed one as soon as there is one.
func (a *API) ShowDocument(c rest.Call) error {
	v, err := contractOf(c)
	if err != nil {
		return err
	}
	version := c.R.URL.Query().Get("version")
	documents := documentsOf(v.Contract)
	switch version {
	case "draft", "signed", "proof":
	case "":
		if version = "draft"; documents["signed"] != nil {
			version = "signed"
		}
	default:
		return rest.Invalid(function.FieldError{Field: "version", Reason: "must be draft, signed or proof"})
	}
	d := documents[version]
	if d == nil {
		return rest.Problem(http.StatusNotFound, "There is no such document yet.")
	}
	return sendDocument(c, v, version, *d)
}

// sendDocument sends a file whose digest record.Client has verified. The digest is its tag: the bytes never change.
func sendDocument(c rest.Call, v persistclient.View, version string, d contract.Document) error {
	tag := `"` + d.SHA256 + `"`
	c.W.Header().Set("ETag", tag)
	if unchanged(c.R, tag) {
		c.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	file, err := c.Record.File(c.R.Context(), v.ID, d.SHA256)
	if err != nil {
		c.W.Header().Del("ETag")
		return fmt.Errorf("fetch the %s document of contract %s: %w", version, v.ID, err)
	}
	c.W.Header().Set("Content-Type", "application/pdf")
	c.W.Header().Set("Content-Length", strconv.Itoa(len(file)))
	c.W.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s-%s.pdf"`, v.ID, version))
	_, _ = c.W.Write(file) // the client may be gone; there is nobody else to tell
	return nil
}

// ShowHistory answers everything that happened to the contract, oldest first, with the chain that proves it.
func (a *API) ShowHistory(c rest.Call) error {
	entries, err := c.Record.History(c.R.Context(), contract.ID(c.R.PathValue("id")))
	if err != nil {
		return err
	}
	if entries == nil {
		entries = []persistclient.Entry{}
	}
	function.WriteJSON(c.W, http.StatusOK, map[string]any{"items": entries})
	return nil
}
