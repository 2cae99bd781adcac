// Package history is the hash chain of what happened to a contract: how an entry is made, and how a history is verified.
package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Genesis is the previous hash of a contract's first entry: the digest of its id, so that the history of one
// contract never passes for another's.
func Genesis(id contract.ID) string { return Digest([]byte(id)) }

// Digest is SHA-256 in hexadecimal digits.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// NewEntry makes the entry that follows one with the hash head.
func NewEntry(seq int64, head string, at time.Time, actor, what string, detail any) (persistclient.Entry, error) {
	text, err := plainJSON(detail)
	if err != nil {
		return persistclient.Entry{}, fmt.Errorf("detail of %s: %w", what, err)
	}
	return chain(persistclient.Entry{Seq: seq, At: at, Actor: actor, What: what, Detail: text}, head)
}

// chain completes an entry that follows the one with the hash previous.
func chain(e persistclient.Entry, previous string) (persistclient.Entry, error) {
	e.PreviousHash = previous
	hash, err := hashOf(e)
	e.Hash = hash
	return e, err
}

// hashOf is SHA-256 over the hash before, as 64 hexadecimal digits, and the entry's canonical form.
func hashOf(e persistclient.Entry) (string, error) {
	text, err := canonical(e)
	if err != nil {
		return "", err
	}
	return Digest(append([]byte(e.PreviousHash), text...)), nil
}

// canonical is the JSON of an entry without its hashes: members sorted by name, no white space, nothing escaped that
// need not be, times in UTC with microseconds. For the strings, integers and objects that entries are made of this is
// RFC 8785, so that anybody can verify a history without this program.
func canonical(e persistclient.Entry) ([]byte, error) {
	form := map[string]any{
		"seq": e.Seq, "at": e.At.UTC().Format("2006-01-02T15:04:05.000000Z"), "actor": e.Actor, "what": e.What,
	}
	if len(e.Detail) > 0 {
		var detail any
		decoder := json.NewDecoder(bytes.NewReader(e.Detail))
		decoder.UseNumber()
		if err := decoder.Decode(&detail); err != nil {
			return nil, fmt.Errorf("detail of entry %d: %w", e.Seq, err)
		}
		form["detail"] = detail
	}
	return plainJSON(form)
}

// plainJSON encodes v with sorted members and without HTML's escapes.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Verify recomputes the chain of a contract's history, oldest entry first, and returns the hash at its end. It fails
// at the first entry that was changed, removed, inserted or moved. That the end itself was not cut off shows by
// comparing the returned hash with the one that the contract's row keeps.
func Verify(id contract.ID, entries []persistclient.Entry) (head string, err error) {
	head = Genesis(id)
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			return "", fmt.Errorf("history of %s: found entry %d where entry %d was expected", id, e.Seq, i+1)
		}
		hash, err := hashOf(e)
		if err != nil {
			return "", fmt.Errorf("history of %s: %w", id, err)
		}
		if e.PreviousHash != head || e.Hash != hash {
			return "", fmt.Errorf("history of %s: entry %d does not fit the one before it", id, e.Seq)
		}
		head = hash
	}
	return head, nil
}
