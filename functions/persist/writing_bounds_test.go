package persist

import (
	"fmt"
	"slices"
	"strings"

	"github.com/paraphe/paraphe/functions/persist/access"
)

// refusals are what even those are refused who may write to the table. Each would be taken if one thing of it were otherwise.
// The contract is the manager's.
var refusals = []struct{ what, by, statement string }{
	{"a contract of somebody else's", "manager", contractAs(`'other', 'draft', 1, 1`)},
	{"a contract that was sent", "manager", contractAs(`'manager', 'sent', 1, 1`)},
	{"a contract at a later version", "manager", contractAs(`'manager', 'draft', 2, 1`)},
	{"a contract with two entries", "manager", contractAs(`'manager', 'draft', 1, 2`)},
	{"a contract that is due", "manager", strings.Replace(contractAs(`'manager', 'draft', 1, 1`), "deadline", "due_at", 1)},
	{"a contract given away", "manager", `UPDATE contracts SET owner = 'other' WHERE id = '{contract}'`},
	{"a contract, by a function that holds it", access.SendMail, `UPDATE contracts SET backoff = 9 WHERE id = '{contract}'`},
	{"a signer more", "manager", `INSERT INTO signers ` + signerAs("{contract}")},
	{"a signer more of another's contract", "administrator", `INSERT INTO signers ` + signerAs("{making}")},
	{"a signer, by a function that holds them", access.SendMail, `UPDATE signers SET email = 'x@example.org' WHERE contract = '{contract}'`},
	{"an attempt that is open", "manager", `INSERT INTO attempts (contract, number, token, token_sha256, state) VALUES ('{contract}', 2, 'x', '{digest}', 'open')`},
	{"an entry in another's name", "manager", entryAs("{contract}", `2`, `'person:other', 'action.retry'`, `'{digest}'`)},
	{"an entry in a function's name", "manager", entryAs("{contract}", `2`, `'function:orchestrate', 'action.retry'`, `'{digest}'`)},
	{"an entry of what functions say", "manager", entryAs("{contract}", `2`, `'{actor}', 'signature.checked'`, `'{digest}'`)},
	{"an entry that an owner reads", "manager", entryAs("{contract}", `2`, `'{actor}', 'contract.read'`, `'{digest}'`)},
	{"an entry behind another", "manager", entryAs("{contract}", `2`, `'{actor}', 'action.retry'`, `repeat('0', 64)`)},
	{"an entry too far", "manager", entryAs("{contract}", `3`, `'{actor}', 'action.retry'`, `'{digest}'`)},
	{"a second first entry", "manager", entryAs("{contract}", `1`, `'{actor}', 'contract.drafted'`, `'{digest}'`)},
	{"a wish as the first entry", "manager", entryAs("{making}", `1`, `'{actor}', 'action.retry'`, `'{digest}'`)},
	{"a first entry of another's contract", "administrator", entryAs("{making}", `1`, `'{actor}', 'contract.drafted'`, `'{digest}'`)},
	{"words beside an entry that was there", "manager", `INSERT INTO free_texts ` + wordsAs("{making}", 1)},
	{"words beside an entry too far", "manager", `INSERT INTO free_texts ` + wordsAs("{contract}", 3)},
	{"a stored answer to a customer", "customer", `INSERT INTO idempotency VALUES ('customer', 'new', 'd', '{}', now())`},
	{"an account with a proved address", "administrator", accountWith("email_verified_at", "now()")},
	{"an account in a later epoch", "administrator", accountWith("epoch", "1")},
	{"a session that was used", access.Orchestrate, `INSERT INTO sessions (digest, user_id, family, expires_at, used_at) VALUES ('{digest}', '{account}', 'g', now(), now())`},
	{"a dead letter that was not replayed", "administrator", `UPDATE dead_letters SET cause = 'y' WHERE contract = '{contract}'`},
	{"a stray request that is not settled", "administrator", `UPDATE stray_requests SET state = 'done' WHERE id = '{contract}'`},
}

func contractAs(values string) string {
	return `INSERT INTO contracts (id, owner, status, version, history_seq, title, template, language, data, snapshot, deadline, head, created_at, updated_at)
		SELECT n.*, 'x', 'x/1', 'fr', '{}', jsonb_build_object('id', id, 'owner', owner, 'status', status, 'version', version), updated_at, '{digest}', updated_at, updated_at
		FROM (SELECT now() AS updated_at) t, (VALUES (repeat('3', 26), ` + values + `)) AS n (id, owner, status, version, history_seq)`
}

func signerAs(contract string) string {
	return `VALUES ('` + contract + `', 's9', 9, 'x', 'x', 's9@example.org', '+339', 'fr')`
}

func entryAs(contract, seq, actorAndWhat, behind string) string {
	return fmt.Sprintf(`INSERT INTO history VALUES ('%s', %s, now(), %s, '{}', %s, '{digest}')`, contract, seq, actorAndWhat, behind)
}

func wordsAs(contract string, seq int) string {
	return fmt.Sprintf(`VALUES ('%s', %d, decode(repeat('00', 16), 'hex'), 'x')`, contract, seq)
}

func accountWith(column, value string) string {
	return fmt.Sprintf(`INSERT INTO users (id, email, name, role, locale, created_at, %s) VALUES ('new', 'new@example.org', 'x', 'customer', 'fr', now(), %s)`, column, value)
}

// asking is who bears this name among those who write.
func asking(name string) access.Caller {
	all := actors()
	return all[slices.IndexFunc(all, func(v actor) bool { return v.name == name })].as
}

// notEveryRowIsTaken of whoever may write to the table. What is taken stands beside what is not.
func (s *site) notEveryRowIsTaken() {
	for what, statement := range map[string]string{
		"a contract":     contractAs(`'manager', 'draft', 1, 1`),
		"a signer":       `INSERT INTO signers ` + signerAs("{making}"),
		"an entry":       entryAs("{contract}", `2`, `'{actor}', 'action.retry'`, `'{digest}'`),
		"a first entry":  entryAs("{making}", `1`, `'{actor}', 'contract.drafted'`, `'{digest}'`),
		"free_texts":     `INSERT INTO free_texts ` + wordsAs("{contract}", 2),
		"a read of mine": entryAs("{contract}", `2`, `'{actor}', 'contract.read'`, `'{digest}'`),
	} {
		by := asking(map[bool]string{true: "administrator", false: "manager"}[what == "a read of mine"])
		if !s.writes(by, filled(statement, by, of("manager", ""))) {
			s.t.Errorf("%s is refused", what)
		}
	}
	for _, r := range refusals {
		by := asking(r.by)
		if s.writes(by, filled(r.statement, by, of("manager", ""))) {
			s.t.Errorf("%s by %s is taken", r.what, r.by)
		}
	}
}

// readBack tries who reads what was written and is not for everybody who sees the contract.
func (s *site) readBack() {
	for table, also := range map[string][]string{
		"free_texts": {"owner", "administrator"}, "dead_letters": {"owner", "administrator"}, "stray_requests": {"administrator"}, "idempotency": {"owner"},
		"inbox": nil, "sweeps": nil, "links": nil, "sessions": nil, "identities": nil, "corrections": nil, "rate_limits": nil, "login_failures": nil, "attempts": nil,
	} {
		for _, v := range actors() {
			for _, at := range v.places {
				if at.contract == "" {
					continue
				}
				may := v.may(append(also, namesOfFunctions...), at.relation)
				if s.writes(v.as, filled("SELECT FROM "+table+" WHERE "+rowsOf[table].which, v.as, at)) != may {
					s.t.Errorf("%s, %s's (%s), read by %s in the role %q: to be allowed is %t", table, at.account, at.relation, v.name, v.as.Role, may)
				}
			}
		}
	}
}
