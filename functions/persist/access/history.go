package access

import (
	"encoding/json"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ReadEntry is what the history calls it that an administrator read a part of somebody else's contract.
const ReadEntry = "contract.read"

// HistoryView is a contract's history as a caller with this relation to it is shown it.
func (c Caller) HistoryView(who lifecycle.Relation, all []persistclient.Entry) []persistclient.Entry {
	return c.inDetail(who).entries(all)
}

// entriesShown is what a signer is shown of each kind of entry: these members of its detail, of those that their view of
// the contract shows as well. An entry that is not here is not shown, so that a new kind is hidden until somebody decides
// about it.
var entriesShown = map[string][]string{
	"contract.drafted":   {"template", "language", "signers", "status"},
	"action.send":        {"status"},
	"action.cancel":      {"status", "cancel_wanted"},
	"document.generated": {"document", "status"},
	"signature.opened":   {"status"},
	"signature.checked":  {"state", "signers", "signed_copy", "proof", "status"},
	"mail.sent":          {"kind", "sequence", "recipient", "status"},
	ReadEntry:            {"part"},
}

// entries leaves of a history what is visible: all of it, or what the contract itself shows. Where something is left
// out there are no hashes either, by which it could be guessed.
func (p visibility) entries(all []persistclient.Entry) []persistclient.Entry {
	if p.past {
		return all
	}
	shown := []persistclient.Entry{}
	for _, e := range all {
		if e, left := p.entry(e); left {
			shown = append(shown, e)
		}
	}
	return shown
}

// entry is what is left of one. Of one that is not shown it is left that the contract came to another status by it.
func (p visibility) entry(e persistclient.Entry) (persistclient.Entry, bool) {
	var detail map[string]json.RawMessage
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return persistclient.Entry{}, false
	}
	members, known := entriesShown[e.What]
	if notification := e.What == "mail.sent"; p.own == "" || !known || notification && string(detail["recipient"]) != `"`+p.own+`"` {
		var status contract.Status
		if err := json.Unmarshal(detail["status"], &status); err != nil || p.own == "" {
			return persistclient.Entry{}, false
		}
		e.Actor, e.What, members = Itself.Actor(), "contract."+string(status), []string{"status"}
	}
	left := map[string]json.RawMessage{}
	for _, name := range members {
		if value, there := detail[name]; there {
			left[name] = value
		}
	}
	text, err := json.Marshal(left)
	return persistclient.Entry{Seq: e.Seq, At: e.At, Actor: e.Actor, What: e.What, Detail: text}, err == nil
}
