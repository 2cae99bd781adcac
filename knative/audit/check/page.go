package check

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	readContracts = `SELECT snapshot, due_at, backoff, routine, head, history_seq, causes, now() FROM contracts
		WHERE id > $1 ORDER BY id LIMIT $2`
	readHistory = `SELECT contract, seq, at, actor, what, detail, previous_hash, hash FROM history
		WHERE contract = ANY ($1) ORDER BY contract, seq`
	readAttempts = `SELECT contract, number, token_sha256, request_id, state FROM attempts
		WHERE contract = ANY ($1) ORDER BY contract, number`
	readNotifications = `SELECT contract, kind, sequence, recipient, state FROM notifications WHERE contract = ANY ($1)`
	readSigners       = `SELECT contract, id FROM signers WHERE contract = ANY ($1) ORDER BY contract, position`
	// readWords compares what people wrote where it stands: the words themselves stay there.
	readWords      = `SELECT contract, seq, encode(sha256(salt || convert_to(text, 'UTF8')), 'hex') FROM free_texts WHERE contract = ANY ($1)`
	readFiles      = `SELECT contract, sha256, size, NULL::boolean FROM files WHERE contract = ANY ($1)`
	readFilesWhole = `SELECT contract, sha256, size, encode(sha256(bytes), 'hex') = sha256 FROM files WHERE contract = ANY ($1)`
	readInbox      = `SELECT h.source, h.id FROM inbox h JOIN unnest($1::text[], $2::text[]) AS e (source, id) ON h.source = e.source AND h.id = e.id`
)

// reading gathers the dossiers of one page.
type reading struct {
	ctx context.Context
	tx  pgx.Tx
	all []*dossier
	of  map[string]*dossier
	ids []string
}

// readPage reads the contracts behind this id, with all that belongs to them.
func readPage(ctx context.Context, tx pgx.Tx, after string, bytes bool) ([]*dossier, error) {
	r := &reading{ctx: ctx, tx: tx, of: map[string]*dossier{}}
	files := readFiles
	if bytes {
		files = readFilesWhole
	}
	steps := []func() error{
		func() error { return r.contracts(after) }, r.history, r.attempts, r.notifications, r.signers, r.words, func() error { return r.files(files) }, r.inboxOf,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.all, nil
}

func (r *reading) contracts(after string) error {
	rows, err := r.tx.Query(r.ctx, readContracts, after, page)
	if err != nil {
		return err
	}
	var d dossier
	into := []any{&d.contract, &d.row.dueAt, &d.row.looks, &d.row.routine, &d.row.head, &d.row.seq, &d.row.causes, &d.now}
	_, err = pgx.ForEachRow(rows, into, func() error {
		next := d
		next.files, next.words = map[string]file{}, map[int64]string{}
		r.all, r.ids = append(r.all, &next), append(r.ids, string(next.contract.ID))
		r.of[string(next.contract.ID)] = &next
		d.contract, d.row = contract.Contract{}, row{} // JSON lays values over what is there
		return nil
	})
	return err
}

// each reads what belongs to the page's contracts.
func (r *reading) each(query string, into []any, id *string, take func(*dossier)) error {
	rows, err := r.tx.Query(r.ctx, query, r.ids)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, append([]any{id}, into...), func() error {
		take(r.of[*id])
		return nil
	})
	return err
}

func (r *reading) history() error {
	var id string
	var e persistclient.Entry
	var text []byte
	return r.each(readHistory, []any{&e.Seq, &e.At, &e.Actor, &e.What, &text, &e.PreviousHash, &e.Hash}, &id, func(d *dossier) {
		e.Detail, e.At = json.RawMessage(append([]byte(nil), text...)), e.At.UTC()
		d.history = append(d.history, e)
	})
}

func (r *reading) attempts() error {
	var id string
	var a attempt
	return r.each(readAttempts, []any{&a.number, &a.digest, &a.request, &a.state}, &id, func(d *dossier) {
		a.unsettled = a.state == string(contract.Opening) || a.state == string(contract.Open)
		d.attempts = append(d.attempts, a)
	})
}

func (r *reading) notifications() error {
	var id, state string
	var l contract.Notification
	return r.each(readNotifications, []any{&l.Kind, &l.Sequence, &l.Recipient, &state}, &id, func(d *dossier) {
		d.notifications = append(d.notifications, notificationRow{l.Key(), state})
	})
}

func (r *reading) signers() error {
	var id, signer string
	return r.each(readSigners, []any{&signer}, &id, func(d *dossier) { d.signers = append(d.signers, signer) })
}

func (r *reading) words() error {
	var id, digest string
	var seq int64
	return r.each(readWords, []any{&seq, &digest}, &id, func(d *dossier) { d.words[seq] = digest })
}

func (r *reading) files(query string) error {
	var id, digest string
	var f file
	return r.each(query, []any{&digest, &f.size, &f.whole}, &id, func(d *dossier) {
		d.files[digest] = f
		f.whole = nil
	})
}

// inboxOf asks of each contract whether the event that was written down last is known as received.
func (r *reading) inboxOf() error {
	var sources, events []string
	by := map[[2]string]*dossier{}
	for _, d := range r.all {
		source, is := strings.CutPrefix(d.last().Actor, "function:")
		if id := detailOf(d.last()).Event; is && id != "" {
			sources, events = append(sources, source), append(events, id)
			by[[2]string{source, id}] = d
		}
	}
	rows, err := r.tx.Query(r.ctx, readInbox, sources, events)
	if err != nil {
		return err
	}
	var source, id string
	_, err = pgx.ForEachRow(rows, []any{&source, &id}, func() error {
		by[[2]string{source, id}].inboxOf = true
		return nil
	})
	return err
}
