package orchestrate

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// showDocument answers a PDF: what is to be signed, what was signed, or the signature service's proof. Without a
// version it is the signed one as soon as there is one.
func (a *api) showDocument(c call) error {
	v, err := c.contract()
	if err != nil {
		return err
	}
	version := c.r.URL.Query().Get("version")
	documents := documentsOf(v.Contract)
	switch version {
	case "draft", "signed", "proof":
	case "":
		if version = "draft"; documents["signed"] != nil {
			version = "signed"
		}
	default:
		return invalid(function.FieldError{Field: "version", Reason: "must be draft, signed or proof"})
	}
	d := documents[version]
	if d == nil {
		return problem(http.StatusNotFound, "There is no such document yet.")
	}
	return sendDocument(c, v, version, *d)
}

// sendDocument sends a file whose digest persistclient.Client has verified. The digest is its tag: the bytes never change.
func sendDocument(c call, v persistclient.View, version string, d contract.Document) error {
	tag := `"` + d.SHA256 + `"`
	c.w.Header().Set("ETag", tag)
	if unchanged(c.r, tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	file, err := c.record.File(c.r.Context(), v.ID, d.SHA256)
	if err != nil {
		c.w.Header().Del("ETag")
		return fmt.Errorf("fetch the %s document of contract %s: %w", version, v.ID, err)
	}
	c.w.Header().Set("Content-Type", "application/pdf")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(file)))
	c.w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s-%s.pdf"`, v.ID, version))
	_, _ = c.w.Write(file) // the client may be gone; there is nobody else to tell
	return nil
}

// showHistory answers everything that happened to the contract, oldest first, with the chain that proves it.
func (a *api) showHistory(c call) error {
	entries, err := c.record.History(c.r.Context(), contract.ID(c.r.PathValue("id")))
	if err != nil {
		return err
	}
	if entries == nil {
		entries = []persistclient.Entry{}
	}
	function.WriteJSON(c.w, http.StatusOK, map[string]any{"items": entries})
	return nil
}
