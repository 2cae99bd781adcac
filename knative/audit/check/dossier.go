package check

import (
	"encoding/json"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// dossier is everything on record about one contract, as it stood at one moment.
type dossier struct {
	contract      contract.Contract // the snapshot
	row           row
	now           time.Time // the database's clock
	history       []persistclient.Entry
	attempts      []attempt
	notifications []notificationRow
	files         map[string]file // by digest
	signers       []string        // ids, in their order
	words         map[int64]string
	inboxOf       bool // whether the event that was written down last is known as received
}

// row is what the contract's row says beside the snapshot.
type row struct {
	dueAt   *time.Time
	looks   int
	routine bool // due only to ask whether people have gone on
	head    string
	seq     int64
	causes  []string
}

type attempt struct {
	number         int
	digest         string // of the sealed message
	request, state string
	unsettled      bool
}

type notificationRow struct{ key, state string }

// file is a document that is kept. whole is nil where the bytes may not be read.
type file struct {
	size  int64
	whole *bool
}

// detail is what the rules read of an entry.
type detail struct {
	Status       contract.Status    `json:"status"`
	Event        string             `json:"event"`
	Document     *contract.Document `json:"document"`
	SignedCopy   *contract.Document `json:"signed_copy"`
	Proof        *contract.Document `json:"proof"`
	Notification string             `json:"kind"`
	Sequence     int                `json:"sequence"`
	Recipient    string             `json:"recipient"`
	About        string             `json:"about"`
	Attempt      int                `json:"attempt"`
	Words        string             `json:"words_sha256"`
}

// detailOf reads an entry. What cannot be read says nothing: its hash was checked, so it was written so.
func detailOf(e persistclient.Entry) detail {
	var d detail
	_ = json.Unmarshal(e.Detail, &d)
	return d
}

// last is the entry that was written last.
func (d dossier) last() persistclient.Entry {
	if len(d.history) == 0 {
		return persistclient.Entry{}
	}
	return d.history[len(d.history)-1]
}
