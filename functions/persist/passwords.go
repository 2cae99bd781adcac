package persist

import (
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
)

// replaceHash puts a new hash of the same password in place of the one that was checked. If there is another by now,
// that one stays.
const replaceHash = `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`

func (d *door) rehash(r *http.Request, asks caller) (answer, error) {
	in, err := read[struct {
		Was string `json:"was"`
		Now string `json:"now"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.check("now", strings.HasPrefix(in.Now, hashPrefix), "must be an argon2id hash in PHC form")
	f.text("now", in.Now)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) { b.Queue(replaceHash, r.PathValue("id"), in.Was, in.Now) })
	return answer{}, err
}
