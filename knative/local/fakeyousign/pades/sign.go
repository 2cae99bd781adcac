package pades

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/pdf"
)

// contentsRoom is how many bytes are kept free for the CMS: twice what two P-256 certificates need.
const contentsRoom = 4096

// rangeMark stands in the file until the range is known. Keys are written in order, so Contents stands behind it.
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
	return seal(revision.Bytes(), len(file), s.By)
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
	page := pages[s.Page-1]
	dictionary := revision.Add(pdf.Dict{
		"Type": pdf.Name("Sig"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("ETSI.CAdES.detached"),
		"Name": pdf.Text(s.Name), "Reason": pdf.Text(s.Reason), "M": pdf.String(s.At.UTC().Format("D:20060102150405Z")),
		"ByteRange": pdf.Literal(strings.TrimPrefix(rangeMark, "/ByteRange ")),
		"Contents":  pdf.Literal("<" + strings.Repeat("0", 2*contentsRoom) + ">"),
	})
	widget := revision.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "F": 4 | 128, // printed, locked
		"T": pdf.Text(fmt.Sprintf("signature-%d", dictionary.Number)), "V": dictionary, "P": page.Ref,
		"Rect": pdf.Array{s.Box[0], s.Box[1], s.Box[2], s.Box[3]},
		"AP":   pdf.Dict{"N": revision.Add(appearance(revision.Add, s))},
	})
	annotations, err := d.Array(page.Dict["Annots"])
	if err != nil {
		return err
	}
	changed := maps.Clone(page.Dict)
	changed["Annots"] = append(slices.Clone(annotations), widget)
	revision.Replace(page.Ref, changed)
	return enlist(d, revision, widget)
}

// enlist adds the field to the document's form (12.7.2); flags: signatures exist, changes are only ever appended.
func enlist(d *pdf.Document, revision *pdf.Revision, widget pdf.Ref) error {
	ref, ok := d.Trailer()["Root"].(pdf.Ref)
	root, err := d.Dict(ref)
	if err != nil || !ok {
		return errors.Join(pdf.ErrMalformed, err)
	}
	form, err := d.Dict(root["AcroForm"])
	if err != nil {
		return err
	}
	fields, err := d.Array(form["Fields"])
	if err != nil {
		return err
	}
	changed := pdf.Dict{}
	maps.Copy(changed, form)
	changed["Fields"], changed["SigFlags"] = append(slices.Clone(fields), widget), 1|2
	catalog := maps.Clone(root)
	catalog["AcroForm"] = changed
	revision.Replace(ref, catalog)
	return nil
}

// seal writes the byte range into the revision that begins at from, and the signature over it into the room left.
func seal(file []byte, from int, by *Identity) ([]byte, error) {
	ranged := bytes.Index(file[from:], []byte(rangeMark)) + from
	open := ranged + len(rangeMark) + len(contentsMark) - 1 // of "<"
	shut := open + 2*contentsRoom + 2                       // behind ">"
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
	if len(cms) > contentsRoom {
		return nil, fmt.Errorf("sign: the signature has %d bytes, %d have room", len(cms), contentsRoom)
	}
	hex.Encode(file[open+1:], cms)
	return file, nil
}
