package orchestrate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// causeView is what needs attention for one cause, as clients see it.
type causeView struct {
	Cause       string    `json:"cause"` // a stable code
	Sentence    string    `json:"sentence"`
	Consequence string    `json:"consequence"`
	Since       time.Time `json:"since"` // of the contract that has waited longest
	Contracts   int       `json:"contracts"`
	NextTry     time.Time `json:"next_try,omitzero"` // the earliest by itself; absent if people must act
	Ours        bool      `json:"ours,omitempty"`    // a fault of the installation: one for all contracts
	Remedies    []string  `json:"remedies"`          // what may help if it is done for all of them
}

// listAttention answers what needs attention by cause: of the caller's own contracts, or for an administrator of all.
func (a *api) listAttention(c call) error {
	causes, err := c.record.Attention(c.r.Context())
	if err != nil {
		return err
	}
	items := []causeView{}
	for _, cause := range causes {
		m := meaningOf(cause.Cause)
		items = append(items, causeView{
			Cause: cause.Cause, Sentence: m.sentence, Consequence: m.consequence, Since: cause.Since, Contracts: cause.Contracts,
			NextTry: cause.NextTry, Ours: cause.Ours, Remedies: remediesForAll(cause),
		})
	}
	function.WriteJSON(c.w, http.StatusOK, map[string]any{"items": items})
	return nil
}

const (
	atOnce   = 4                // how many contracts of a cause are worked on at once
	allTime  = 20 * time.Second // how long one request goes on with them; what is left is told
	allTries = decisions        // how often those are tried again that changed meanwhile
)

// outcomeView says what was done for the contracts of a cause, or would be.
type outcomeView struct {
	Action   lifecycle.Action `json:"action"`
	Cause    string           `json:"cause"`
	Sentence string           `json:"sentence"`
	DryRun   bool             `json:"dry_run,omitempty"`
	Will     string           `json:"will,omitempty"` // what would be done, in English
	Done     int              `json:"done"`           // for how many contracts it was done, or would be
	Left     int              `json:"left"`           // how many are left for the next request
}

// forAll makes the handler that does one thing for the contracts of a cause, so many at once. The same request again does
// nothing a second time, and goes on with what it did not come to.
func (a *api) forAll(kind lifecycle.Action) func(c call) error {
	return func(c call) error {
		var asked askedWish
		form := any(&struct{}{})
		if kind == lifecycle.SetAside {
			form = &struct {
				Reason *string `json:"reason"`
			}{&asked.Reason}
		}
		raw, err := c.body(form, true)
		if err != nil {
			return err
		}
		dry, asked, err := allAsked(c, kind, asked)
		if err != nil {
			return err
		}
		once, err := c.once(raw)
		if err != nil {
			return err
		}
		if dry {
			return a.foretell(c, kind, asked)
		}
		if once.Key == "" { // so that what changes meanwhile does not change what was chosen
			once = persistclient.Idempotency{Key: newID(), Digest: "once"}
		}
		out := outcomeView{Action: kind, Cause: asked.Cause, Sentence: meaningOf(asked.Cause).sentence}
		if out.Done, out.Left, err = a.doForAll(c, kind, asked, once); err != nil {
			return err
		}
		function.WriteJSON(c.w, http.StatusOK, out)
		return nil
	}
}

// allAsked reads what is asked for all contracts of a cause, and whether only to say what would be done.
func allAsked(c call, kind lifecycle.Action, asked askedWish) (dry bool, _ askedWish, err error) {
	asked.Reason, asked.Cause = strings.TrimSpace(asked.Reason), c.r.PathValue("cause")
	wrong := whyNoCause(asked.Cause)
	text := c.r.URL.Query().Get("dry_run")
	if dry = text == "true"; !dry && text != "" && text != "false" {
		wrong.add("dry_run", "must be true or false")
	}
	why := whyNoReason(asked.Reason)
	if kind == lifecycle.SetAside && asked.Reason == "" && !dry {
		why = "must say why it may stay as it is"
	}
	wrong.add("reason", why)
	if len(wrong) > 0 {
		if _, err := c.record.Attention(c.r.Context()); err != nil {
			return dry, asked, err // what is missing in a request of somebody who may ask nothing is not worth telling
		}
		return dry, asked, invalid(wrong...)
	}
	if can := remediesForAll(persistclient.Cause{Cause: asked.Cause, Contracts: 1}); !slices.Contains(can, string(kind)) {
		return dry, asked, problem(http.StatusConflict, fmt.Sprintf("%s is no remedy for this. What is: %s.", kind, strings.Join(can, ", ")))
	}
	return dry, asked, nil
}

// whyNoCause takes codes that this program does not know: another version may have written them.
func whyNoCause(cause string) (wrong faults) {
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' && r != '.' }
	if cause == "" || len(cause) > aboutLimit/2 || strings.ContainsFunc(cause, odd) {
		wrong.add("cause", "must be a cause as it is listed, for example mail.address_refused")
	}
	return wrong
}

// foretell says what a request would do, and does nothing.
func (a *api) foretell(c call, kind lifecycle.Action, asked askedWish) error {
	chosen, err := c.record.Select(c.r.Context(), asked.Cause, kind, persistclient.Idempotency{})
	if err != nil {
		return err
	}
	out := outcomeView{
		Action: kind, Cause: asked.Cause, Sentence: meaningOf(asked.Cause).sentence, DryRun: true,
		Done: len(chosen.Contracts), Left: chosen.Total - len(chosen.Contracts),
	}
	out.Will = fmt.Sprintf("%d contracts are tried again now. A letter of which nobody knows whether it went out is not sent again.", out.Done)
	if kind == lifecycle.SetAside {
		out.Will = fmt.Sprintf("It is left as it is for %d contracts, with your reason in their histories. Letters that this is about are not sent.", out.Done)
	}
	if out.Left > 0 {
		out.Will += fmt.Sprintf(" %d more are left for the next request.", out.Left)
	}
	function.WriteJSON(c.w, http.StatusOK, out)
	return nil
}

// doForAll does it for those that were chosen. One that changed meanwhile is decided on again; one that this does not help
// any more is passed over.
func (a *api) doForAll(c call, kind lifecycle.Action, asked askedWish, once persistclient.Idempotency) (done, left int, err error) {
	ctx, cancel := context.WithTimeout(c.r.Context(), allTime)
	defer cancel()
	settled := map[contract.ID]bool{} // whether it was done
	for range allTries {
		chosen, err := c.record.Select(ctx, asked.Cause, kind, once)
		if err != nil {
			return 0, 0, err
		}
		open := slices.DeleteFunc(slices.Clone(chosen.Contracts), func(one contract.Contract) bool { _, is := settled[one.ID]; return is })
		a.doForEach(ctx, c, kind, asked, once, open, settled)
		if left = chosen.Total - len(settled); len(settled) == len(chosen.Contracts) || ctx.Err() != nil {
			break
		}
	}
	for _, was := range settled {
		if was {
			done++
		}
	}
	return done, left, c.r.Context().Err()
}

// doForEach goes through contracts, several at once, and notes those that are settled.
func (a *api) doForEach(ctx context.Context, c call, kind lifecycle.Action, asked askedWish, once persistclient.Idempotency, list []contract.Contract, settled map[contract.ID]bool) {
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan contract.Contract)
	for range atOnce {
		all.Go(func() {
			for one := range next {
				done, err := a.doForOne(ctx, c, kind, asked, once, one)
				mu.Lock()
				if err == nil {
					settled[one.ID] = done
				} else if !errors.Is(err, persistclient.ErrConflict) {
					a.log.Warn("left for the next request", "action", string(kind), "contract", string(one.ID), "error", err.Error())
				}
				mu.Unlock()
			}
		})
	}
	for _, one := range list {
		if ctx.Err() != nil {
			break
		}
		next <- one
	}
	close(next)
	all.Wait()
}

// doForOne does it for one contract as it stands, unless this request did it before or it is of no use any more.
func (a *api) doForOne(ctx context.Context, c call, kind lifecycle.Action, asked askedWish, once persistclient.Idempotency, one contract.Contract) (done bool, err error) {
	mine := persistclient.Idempotency{Key: events.DerivedID("for-all", once.Key, string(one.ID)), Digest: once.Digest}
	who := lifecycle.Relation{Owner: one.Owner == c.person.Subject, Administrator: c.person.Role == auth.Administrator}
	w := persistclient.Action{Kind: kind, Version: neverVersion}
	if a.helps(kind, asked, one, who) {
		if w, err = a.wishFor(one, kind, asked); err != nil {
			return false, err
		}
	}
	_, err = c.record.Perform(ctx, one.ID, w, mine)
	if w.Version == neverVersion && errors.Is(err, persistclient.ErrConflict) || errors.Is(err, persistclient.ErrImpossible) {
		return false, nil // somebody else was earlier, or it has gone on
	}
	return err == nil, err
}

// helps reports whether it can be done for a contract, and there is still something to be done.
func (a *api) helps(kind lifecycle.Action, asked askedWish, one contract.Contract, who lifecycle.Relation) bool {
	there := asked.Cause == lifecycle.CauseOverdue || slices.ContainsFunc(lifecycle.Open(one), func(t contract.Trouble) bool { return t.Cause == asked.Cause })
	return there && lifecycle.Authorize(kind, one, who, a.now()) == nil
}
