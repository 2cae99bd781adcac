package documents

import (
	"bytes"
	"slices"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// NamedIn are the documents that a fact brings into the record.
func NamedIn(fact events.Payload) (named []*contract.Document) {
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

// CheckFiles requires that the files are what the fact names, no more and no less. What the Broker carries brings none: a fact
// that names documents is never written down for the first time from there.
func CheckFiles(named []*contract.Document, files []File) error {
	if len(named) != len(files) {
		return function.Refuse("the fact names %d documents, and %d came with it", len(named), len(files))
	}
	for i, f := range files {
		if !bytes.HasPrefix(f.PDF, pdfMark) {
			return function.Refuse("this is not a PDF")
		}
		if f.Digest != named[i].SHA256 || int64(len(f.PDF)) != named[i].Size {
			return function.Refuse("the fact names another document than the one that came with it")
		}
	}
	return nil
}
