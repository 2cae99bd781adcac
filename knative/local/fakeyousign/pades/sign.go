package pades

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
)

// contentsSize is how many bytes are kept free for the CMS: twice what two P-256 certificates need.
const contentsSize = 4096

// rangeMark stands in the file until the range is known, with contentsMark behind it.
const (
	rangeMark    = "/ByteRange [0 0000000000 0000000000 0000000000]"
	contentsMark = " /Contents <"
)

// Signature is what is put into a file.
type Signature struct {
	By     *Identity
	Page   int        // 1 for the first
	Box    [4]float64 // left, bottom, right, top of what is seen, in points of the page
	Name   string     // of the person
	Reason string
	Note   string // a second line of what is seen, such as the date
	At     time.Time
}

// Sign returns the file with the signature behind it; what was signed before stays valid. The error is that of
// package pdf for files that it does not read.
func Sign(file []byte, s Signature) ([]byte, error) {
	d, err := pdf.Open(file)
	if err != nil {
		return nil, err
	}
	revision, err := d.Revise()
	if err != nil {
		return nil, err
	}
	if err := place(d, revision, s); err != nil {
		return nil, err
	}
	return signRange(revision.Bytes(), len(file), s.By)
}

// place adds dictionary, field and appearance, and makes the page and the catalog know them.
func place(d *pdf.Document, revision *pdf.Revision, s Signature) error {
	pages, err := d.Pages()
	if err != nil {
		return err
	}
	if s.Page < 1 || s.Page > len(pages) {
		return fmt.Errorf("sign on page %d of %d: there is no such page", s.Page, len(pages))
	}
	drawn, err := appearance(s)
	if err != nil {
		return err
	}
	seen, err := revision.Embed(drawn)
	if err != nil {
		return err
	}
	page := pages[s.Page-1]
	dictionary := revision.Add(fmt.Sprintf("<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Name %s /Reason %s /M (%s)%s%s>>",
		pdf.Text(s.Name), pdf.Text(s.Reason), s.At.UTC().Format("D:20060102150405Z"), rangeMark, contentsMark+strings.Repeat("0", 2*contentsSize)+">"))
	widget := revision.Add(fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /F %d /T %s /V %s /P %s /Rect [%.2f %.2f %.2f %.2f] /AP <</N %s>>>>",
		4|128 /* printed, locked */, pdf.Text(fmt.Sprintf("signature-%d", dictionary.Number)), dictionary, page.Ref,
		s.Box[0], s.Box[1], s.Box[2], s.Box[3], seen))
	changed, err := pdf.Push(page.Dict, "Annots", widget)
	if err != nil {
		return err
	}
	revision.Replace(page.Ref, changed)
	return addToForm(d, revision, widget)
}

// addToForm adds the field to the document's form (12.7.2); flags: signatures exist, changes are only ever appended.
func addToForm(d *pdf.Document, revision *pdf.Revision, widget pdf.Ref) error {
	ref, catalog, err := d.Catalog()
	if err != nil {
		return err
	}
	if strings.Contains(catalog, "/AcroForm") {
		catalog, err = pdf.Push(catalog, "Fields", widget)
	} else {
		catalog = pdf.Set(catalog, "AcroForm", fmt.Sprintf("<</Fields [%s] /SigFlags %d>>", widget, 1|2))
	}
	revision.Replace(ref, catalog)
	return err
}

// signRange writes the byte range into the revision that begins at from, and the signature over it into the reserved bytes.
func signRange(file []byte, from int, by *Identity) ([]byte, error) {
	ranged := bytes.Index(file[from:], []byte(rangeMark)) + from
	open := ranged + len(rangeMark) + len(contentsMark) - 1 // of "<"
	shut := open + 2*contentsSize + 2                       // behind ">"
	written := fmt.Sprintf("/ByteRange [0 %010d %010d %010d]", open, shut, len(file)-shut)
	if len(written) != len(rangeMark) {
		return nil, errors.New("sign: the file is too large")
	}
	copy(file[ranged:], written)
	hash := sha256.New()
	hash.Write(file[:open])
	hash.Write(file[shut:])
	cms, err := by.sign(hash.Sum(nil))
	if err != nil {
		return nil, err
	}
	if len(cms) > contentsSize {
		return nil, fmt.Errorf("sign: the signature has %d bytes, more than the %d reserved", len(cms), contentsSize)
	}
	hex.Encode(file[open+1:], cms)
	return file, nil
}
