package fakepersist

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// lease is leave to work on a contract's attempt.
type lease struct {
	holder string
	until  time.Time
}

func (s *Store) aboutAttempts() []question {
	return []question{
		{"POST /contracts/{id}/attempts/{number}/lease", nil, orchestrate, s.lease},
		{"POST /contracts/{id}/attempts/{number}/request", nil, orchestrate, s.note},
		{"POST /contracts/{id}/attempts/{number}/release", nil, orchestrate, s.release},
		{"POST /contracts/{id}/facts", nil, []string{"generate-doc", "orchestrate", "send-mail"}, s.fact},
		{"POST /limits/signature/calls", nil, orchestrate, s.calls},
		{"POST /limits/signature/blocked", nil, orchestrate, s.block},
	}
}

// LeaseElsewhere has another instance work on a contract's attempt.
func (s *Store) LeaseElsewhere(id contract.ID, rest time.Duration) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	s.leases[id] = &lease{"elsewhere", s.now().Add(rest)}
}

func (s *Store) lease(who caller, r *http.Request) any {
	in := read[persistclient.LeaseRequest](r)
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 {
		return notFound
	}
	var f fieldErrors
	f.check("act", in.Act == persistclient.ActOpen || in.Act == persistclient.ActWithdraw || in.Act == persistclient.ActFetch || in.Act == persistclient.ActLook)
	f.check("for", in.For > 0 && in.For <= 120)
	f.check("calls", in.Calls >= 0 && in.Calls <= 20)
	f.end()
	v := s.contract(who, r)
	if v.Request == nil || number != v.Request.Attempt {
		return notFound
	}
	l := persistclient.Lease{View: s.shown(who, v, false), Calls: in.Calls}
	opens := v.Status == contract.Preparing && v.Document != nil && v.Request.State == contract.Opening && !v.CancelWanted
	switch held := s.leases[v.ID]; {
	case in.Act == persistclient.ActLook:
	case held != nil && held.until.After(s.now()):
		l.Wait = held.until.Sub(s.now()).Seconds()
	case in.Act == persistclient.ActOpen && !opens:
	default:
		l.Granted, l.Holder, l.Begun, l.RequestID = true, rand.Text(), s.begun[v.ID], s.Recorded[v.ID]
		if l.Begun {
			l.Quiet = s.Quiet.Seconds()
		}
		s.leases[v.ID] = &lease{l.Holder, s.now().Add(time.Duration(in.For * float64(time.Second)))}
		s.begun[v.ID] = s.begun[v.ID] || in.Act == persistclient.ActOpen
	}
	return l
}

// note keeps the id of the request of a leased attempt, once.
func (s *Store) note(who caller, r *http.Request) any {
	in := read[persistclient.LeasedRequest](r)
	var f fieldErrors
	f.check("request", in.Request != "")
	f.end()
	v := s.contract(who, r)
	held := s.leases[v.ID]
	if held == nil || held.holder != in.Holder || s.Recorded[v.ID] != "" && s.Recorded[v.ID] != in.Request {
		return conflict
	}
	s.Recorded[v.ID] = in.Request
	return nil
}

func (s *Store) release(who caller, r *http.Request) any {
	in := read[persistclient.LeasedRequest](r)
	v := s.contract(who, r)
	if held := s.leases[v.ID]; held != nil && held.holder == in.Holder {
		held.until = s.now()
	}
	return nil
}

// fact puts a fact on record that its author brings, with the documents that it names, by the same rules as persist.
func (s *Store) fact(who caller, r *http.Request) any {
	refused := func(why string) function.Problem {
		return function.Problem{Status: http.StatusUnprocessableEntity, Detail: why}
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return refused(err.Error())
	}
	text, files := unpack(parts)
	e, err := events.FromStructured(text)
	if err != nil {
		return refused(err.Error())
	}
	if _, err := events.Verify(e, events.ByHand(who.function, contract.ID(r.PathValue("id"))), s.keys); err != nil {
		return function.Problem{Status: http.StatusForbidden, Detail: err.Error()}
	}
	v := s.Contracts[e.Subject]
	if v == nil {
		return refused("the contract is not on record")
	}
	if s.inbox[e.Source+" "+e.ID] {
		return nil
	}
	if err := s.apply(v, e.Source, e.Payload, files); err != nil {
		return refused(err.Error())
	}
	s.Facts, s.inbox[e.Source+" "+e.ID] = append(s.Facts, e.Payload), true
	if held := s.leases[v.ID]; held != nil && e.Source == "orchestrate" {
		held.until = s.now()
	}
	return nil
}

// Apply writes a fact down that its author says, as when persist learns of it.
func (s *Store) Apply(id contract.ID, f events.Payload) error {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	return s.apply(s.Contracts[id], events.Author(f), f, nil)
}

func (s *Store) apply(v *persistclient.View, author string, f events.Payload, files [][]byte) error {
	n, err := lifecycle.Apply(v.Contract, s.attemptsOf(v), f, s.now().UTC())
	if err == nil && (n.Written || len(files) > 0) && !fit(f, files) {
		err = errors.New("its documents are not those that it names")
	}
	if err != nil {
		return err
	}
	for _, file := range files {
		s.Files[digestOf(file)] = file
	}
	if n.Written {
		s.stand(v, n.After)
		s.enter(v.ID, "function:"+author, f.Type())
	}
	return nil
}

func unpack(parts *multipart.Reader) (text []byte, files [][]byte) {
	for part, err := parts.NextPart(); err == nil; part, err = parts.NextPart() {
		content, _ := io.ReadAll(part)
		if text == nil {
			text = content
		} else {
			files = append(files, content)
		}
	}
	return text, files
}

// fit reports whether the files are what the fact names.
func fit(fact events.Payload, files [][]byte) bool {
	var named []*contract.Document
	switch f := fact.(type) {
	case events.DocumentGenerated:
		named = append(named, &f.Document)
	case events.SignatureChecked:
		for _, d := range []*contract.Document{f.SignedCopy, f.Proof} {
			if d != nil {
				named = append(named, d)
			}
		}
	}
	for i, file := range files {
		if i >= len(named) || *named[i] != persistclient.DocumentOf(file) || !bytes.HasPrefix(file, []byte("%PDF-")) {
			return false
		}
	}
	return len(named) == len(files)
}

// attemptsOf are a contract's attempts as they are on record.
func (s *Store) attemptsOf(v *persistclient.View) map[int]lifecycle.AttemptOnRecord {
	all := map[int]lifecycle.AttemptOnRecord{}
	if v.Request != nil {
		for n := range v.Request.Attempt {
			all[n+1] = lifecycle.AttemptOnRecord{}
		}
		all[v.Request.Attempt] = lifecycle.AttemptOnRecord{TokenSHA256: digestOf([]byte(s.Tokens[v.ID])), RequestID: s.Recorded[v.ID]}
	}
	return all
}

func (s *Store) calls(_ caller, r *http.Request) any {
	in := read[persistclient.LeaseRequest](r)
	var f fieldErrors
	f.check("calls", in.Calls >= 1 && in.Calls <= 20)
	f.check("per_minute", in.PerMinute >= 0)
	f.end()
	switch blocked := s.blockedUntil.Sub(s.now()); {
	case in.PerMinute == 0:
	case blocked > 0:
		return persistclient.Lease{CallsWait: blocked.Seconds()}
	case s.Spare == 0:
		return persistclient.Lease{CallsWait: 7}
	default:
		s.Spare--
	}
	return persistclient.Lease{Calls: in.Calls}
}

func (s *Store) block(_ caller, r *http.Request) any {
	in := read[persistclient.CallsBlocked](r)
	var f fieldErrors
	f.check("after", in.After > 0 && in.After <= 3600)
	f.end()
	s.blockedUntil = s.now().Add(time.Duration(in.After * float64(time.Second)))
	return nil
}
