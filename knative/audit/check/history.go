package check

import (
	"fmt"

	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// brokenChain recomputes the chain, and holds its end against what the contract's row keeps of it.
func brokenChain(d dossier, _ Bounds) []string {
	head, err := history.Verify(d.contract.ID, d.history)
	if err != nil {
		return []string{err.Error()}
	}
	if head != d.row.head || int64(len(d.history)) != d.row.seq {
		return []string{fmt.Sprintf("the history has %d entries, and the contract's row knows %d or another last one", len(d.history), d.row.seq)}
	}
	var broken []string
	for _, e := range d.history {
		if output, kept := d.words[e.Seq]; kept && output != detailOf(e).Words { // none are kept if they were erased
			broken = append(broken, fmt.Sprintf("the words of entry %d are not those that were written down", e.Seq))
		}
	}
	return broken
}

// wrongStatus walks the history: each move must be one of shared/lifecycle's, so none follows an end, and the last must
// lead to where the contract is.
func wrongStatus(d dossier, _ Bounds) (wrong []string) {
	at := contract.Status("")
	for _, e := range d.history {
		to := detailOf(e).Status
		if to == "" || to == at {
			continue
		}
		switch {
		case at == "" && to != contract.Draft:
			wrong = append(wrong, fmt.Sprintf("it begins as %s", to))
		case at.Final():
			wrong = append(wrong, fmt.Sprintf("entry %d moves it to %s although %s was its end", e.Seq, to, at))
		case at != "" && !lifecycle.Legal(at, to):
			wrong = append(wrong, fmt.Sprintf("entry %d moves it from %s to %s, which no rule does", e.Seq, at, to))
		}
		at = to
	}
	if at != d.contract.Status {
		wrong = append(wrong, fmt.Sprintf("it is %s, and its history leads to %s", d.contract.Status, at))
	}
	return wrong
}

// wrongDocuments holds what is kept against what the contract and its history name.
func wrongDocuments(d dossier, _ Bounds) (wrong []string) {
	named := map[string]bool{}
	for _, e := range d.history {
		output := detailOf(e)
		for _, document := range []*contract.Document{output.Document, output.SignedCopy, output.Proof} {
			if document != nil {
				named[document.SHA256] = true
				wrong = append(wrong, d.lacks(fmt.Sprintf("the document of entry %d", e.Seq), document)...)
			}
		}
	}
	for what, document := range map[string]*contract.Document{
		"document": d.contract.Document, "signed copy": d.contract.SignedCopy, "proof": d.contract.Proof,
	} {
		if document != nil && !named[document.SHA256] {
			wrong = append(wrong, "its "+what+" is none that its history names")
		}
	}
	for digest, kept := range d.files {
		if !named[digest] {
			wrong = append(wrong, fmt.Sprintf("a file is kept that nothing names: %.12s…, %d bytes", digest, kept.size))
		}
	}
	return wrong
}

// lacks says what is wrong with how a named document is kept.
func (d dossier) lacks(what string, named *contract.Document) []string {
	kept, there := d.files[named.SHA256]
	switch {
	case !there:
		return []string{what + " is not kept"}
	case kept.size != named.Size:
		return []string{fmt.Sprintf("%s is kept with %d bytes and should have %d", what, kept.size, named.Size)}
	case kept.whole != nil && !*kept.whole:
		return []string{what + " is kept with other bytes"}
	}
	return nil
}

// wrongPeople holds the signers as persons against those of the contract.
func wrongPeople(d dossier, _ Bounds) []string {
	var ids []string
	for _, s := range d.contract.Signers {
		ids = append(ids, s.ID)
	}
	if fmt.Sprint(ids) != fmt.Sprint(d.signers) {
		return []string{fmt.Sprintf("%d signers sign it, and %d or others are on record as persons", len(ids), len(d.signers))}
	}
	return nil
}
