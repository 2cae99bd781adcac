package persist

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// eventful is a contract of which everything that there is to tell is on record, each with words that occur nowhere else.
func (r *fixture) eventful() persistclient.View {
	r.t.Helper()
	v := r.sent()
	for _, fact := range []events.Payload{
		events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"},
		events.SignatureFailed{Attempt: 1, Act: "look", Cause: "signature.unauthorized", Detail: "the-trouble", Ours: true},
		events.SignatureReported{Service: "yousign", Slot: "main", Request: "req-1", Attempt: 1, TokenSHA256: history.Digest([]byte(persistsamples.Token)), Delivery: "the-delivery", Name: "signer.done", Look: true},
	} {
		r.handles(v.ID, fact)
	}
	pgtest.Superuser(r.t, `UPDATE `+r.schema()+`.contracts SET snapshot = jsonb_set(snapshot, '{notifications}', snapshot->'notifications' ||
		'[{"kind":"invitation","sequence":1,"recipient":"s2","refused":"the-refusal"},{"kind":"invitation","sequence":2,"recipient":"s2"}]')`)
	r.parts.Contracts.Forget(v.ID)
	r.handles(v.ID, events.MailFailed{Kind: contract.Invitation, Sequence: 2, Recipient: "s2", Cause: "mail.unauthorized", Detail: "the-failure", Ours: true})
	cancel := persistclient.Action{Kind: lifecycle.Cancel, Version: r.stands(v.ID).Version, Reason: "the-words"}
	if _, err := r.manager.Perform(context.Background(), v.ID, cancel, persistclient.Idempotency{Key: "k", Digest: "d"}); err != nil {
		r.t.Fatal(err)
	}
	pgtest.Superuser(r.t, `INSERT INTO `+r.schema()+`.dead_letters (id, at, type, source, contract, destination, code, cause, headers, body)
		VALUES ('the-dead-letter', now(), 't', 's', '`+string(v.ID)+`', 'd', '500', 'c', '{}', '')`)
	return r.stands(v.ID)
}

// ways are the ways in which somebody is shown something of a contract: what each of them answered.
func (r *fixture) ways(p person, v persistclient.View, passing bool) map[string]string {
	r.t.Helper()
	paths := map[string]string{"alone": "/contracts/" + string(v.ID), "its history": "/contracts/" + string(v.ID) + "/history", "in the list": "/contracts",
		"what needs attention": "/attention"}
	if passing {
		paths = map[string]string{"in the list": "/contracts", "what needs attention": "/attention"}
	}
	ways := map[string]string{}
	for way, path := range paths {
		if status, text := r.get(p, path); status == http.StatusOK {
			ways[way] = text
		} else if status != http.StatusForbidden {
			r.t.Errorf("%s: %d %s", way, status, text)
		}
	}
	return ways
}

// performed adds what somebody is answered who has a wish, which may end troubles.
func (r *fixture) performed(p person, v persistclient.View, ways map[string]string) {
	r.t.Helper()
	action, err := json.Marshal(persistclient.Action{Kind: lifecycle.Retry, Version: r.stands(v.ID).Version})
	if err != nil {
		r.t.Fatal(err)
	}
	if status, text := r.ask(p.Client, http.MethodPost, "/contracts/"+string(v.ID)+"/actions", string(action)); status == http.StatusOK {
		ways["what was made of a wish"] = text
	} else if status != http.StatusForbidden {
		r.t.Errorf("a wish: %d %s", status, text)
	}
}

// shownTo is every fact about a contract, by words that stand for it, and who is shown it: its owner; an administrator whose
// reading is on record; one in passing; who signs it with an account; who signs it by a link; an administrator who signs it.
const shownTo = `
Contrat de services        owner reads passes account link signing
O'Neil                     owner reads passes account link signing
"price"                    owner reads -      account link signing
Zoe@Example.org            owner reads -      account link signing
+33612345678               owner reads -      account link signing
ada@example.org            owner reads -      -       -    -
+447700900123              owner reads -      -       -    -
"locale":"en"              owner reads -      -       -    -
Manager@Example.org        owner reads -      -       -    -
"recipient":"s1"           owner reads passes account link signing
"recipient":"s2"           owner reads passes -       -    signing
the-refusal                owner reads passes -       -    signing
the-failure                owner reads -      -       -    -
the-trouble                owner reads passes -       -    signing
signature.unauthorized     owner reads passes -       -    signing
the-dead-letter            owner reads passes -       -    signing
"due_at"                   owner reads passes -       -    signing
"s1":"y1"                  owner reads passes account link signing
"s2":"y2"                  owner reads passes -       -    signing
the-delivery               owner reads -      -       -    -
the-words                  owner reads -      -       -    -
words_sha256               owner reads -      -       -    -
mail.failed                owner reads -      -       -    -
"previous_hash"            owner reads -      -       -    -
action.cancel                owner reads -      account link signing
contract.read              owner reads -      account link signing
p1.local.sealed            -     -     -      -       -    -
`

// TestAFactIsShownInEveryWayOrInNone: who is not to see a fact finds it in no answer, and who is finds it in one.
func TestAFactIsShownInEveryWayOrInNone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin, account := r.account(auth.Administrator, "admin@example.org"), r.account(auth.Customer, "ZOE@example.org")
	v := r.eventful()
	link := r.as(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(v.ID)})
	out := map[string]map[string]string{"passes": r.ways(admin, v, true)}
	out["reads"] = r.ways(admin, v, false)
	out["owner"], out["account"], out["link"] = r.ways(r.manager, v, false), r.ways(account, v, false), r.ways(link, v, false)
	pgtest.Superuser(t, `UPDATE `+r.schema()+`.users SET email = 'gone@example.org' WHERE id = '`+account.Subject+`'`)
	signing := r.account(auth.Administrator, "zoe@example.org")
	out["signing"] = r.ways(signing, v, false)
	for viewer, p := range map[string]person{"owner": r.manager, "reads": admin, "account": account, "link": link, "signing": signing} {
		r.performed(p, v, out[viewer])
	}
	for _, line := range strings.Split(strings.TrimSpace(shownTo), "\n") {
		fact, who := strings.TrimSpace(line[:27]), strings.Fields(line[27:])
		for viewer, ways := range out {
			sees, found := false, []string{}
			for _, w := range who {
				sees = sees || w == viewer
			}
			for way, text := range ways {
				if strings.Contains(strings.ReplaceAll(text, `\u0027`, "'"), fact) {
					found = append(found, way)
				}
			}
			if sees != (len(found) > 0) {
				t.Errorf("%s is to see %s: %t; finds it in %v", viewer, fact, sees, found)
			}
		}
	}
}

// TestASearchFindsNothingThatIsNotShown: whoever tries the beginnings of a word finds out no letter of what is hidden from
// them.
func TestASearchFindsNothingThatIsNotShown(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin, zoe := r.account(auth.Administrator, "admin@example.org"), r.account(auth.Customer, "zoe@example.org")
	beside := r.account(auth.Manager, "ada@example.org") // who has contracts of her own, and signs this one
	v := r.eventful()
	for value, finds := range map[string]map[string]bool{
		"Contrat de services": {"owner": true, "administrator": true, "signer": true, "manager": true},
		"Zoé Müller":          {"owner": true, "administrator": true, "signer": true, "manager": true},
		"zoe@example.org":     {"owner": true, "signer": true},
		"ada@example.org":     {"owner": true, "manager": true},
		"+33612345678":        {}, "+447700900123": {}, "manager@example.org": {}, "the-words": {}, "the-refusal": {}, "the-trouble": {}, "the-failure": {},
		"unauthorized": {}, "the-delivery": {}, "req-1": {}, persistsamples.Token: {}, `"price"`: {},
	} {
		for name, p := range map[string]person{"owner": r.manager, "administrator": admin, "signer": zoe, "manager": beside} {
			for notifications, end := []rune(value), 4; end <= len(notifications); end++ {
				begins := string(notifications[:end])
				if page, err := p.Contracts(t.Context(), persistclient.Query{Search: begins}); err != nil || (len(page.Items) == 1) != finds[name] {
					t.Errorf("the %s who searches %q finds %d, %v", name, begins, len(page.Items), err)
				}
			}
		}
	}
	for _, q := range []persistclient.Query{{Attention: true}, {Cause: "signature.unauthorized"}} {
		for p, finds := range map[*persistclient.Client]int{r.manager.Client: 1, admin.Client: 1, zoe.Client: 0, beside.Client: 0} {
			if page, err := p.Contracts(t.Context(), q); err != nil || len(page.Items) != finds {
				t.Errorf("%+v: %d, want %d, %v", q, len(page.Items), finds, err)
			}
		}
	}
	if status, text := r.get(zoe, "/contracts?"+url.Values{"q": {v.Title}}.Encode()); status != http.StatusOK || !strings.Contains(text, string(v.ID)) {
		t.Errorf("%d %s", status, text)
	}
}
