package fakepersist

import (
	"io"
	"net/http"
	"strconv"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// attemptQuestions answer what orchestrate asks to work on an attempt, as persist does.
func (l *Store) attemptQuestions(ask asking) {
	l.one(ask, "POST /contracts/{id}/attempts/{number}/lease", func(_ caller, v *persistclient.View, r *http.Request) (any, int) {
		var in persistclient.LeaseRequest
		decode(r, &in)
		view := *v
		view.Token = l.Tokens[v.ID]
		lease := persistclient.Lease{View: view, Begun: l.begun[v.ID], RequestID: l.Noted[v.ID], Quiet: l.Quiet.Seconds(), Calls: in.Calls}
		if v.Request == nil || r.PathValue("number") != strconv.Itoa(v.Request.Attempt) {
			return nil, http.StatusNotFound
		}
		opens := v.Status == contract.Preparing && v.Document != nil && v.Request.State == contract.Opening && !v.CancelWanted
		switch {
		case in.Act == persistclient.ActLook || in.Act == persistclient.ActOpen && !opens:
		case l.Leased[v.ID] != "":
			lease.Wait = 12
		default:
			l.Leased[v.ID] = in.Act
			lease.Granted, lease.Holder = true, "holder"
			l.begun[v.ID] = l.begun[v.ID] || in.Act == persistclient.ActOpen
		}
		return lease, http.StatusOK
	})
	l.one(ask, "POST /contracts/{id}/attempts/{number}/request", func(_ caller, v *persistclient.View, r *http.Request) (any, int) {
		var in persistclient.NotedRequest
		decode(r, &in)
		l.Noted[v.ID] = in.Request
		return nil, http.StatusOK
	})
	l.one(ask, "POST /contracts/{id}/attempts/{number}/release", func(_ caller, v *persistclient.View, _ *http.Request) (any, int) {
		delete(l.Leased, v.ID)
		return nil, http.StatusOK
	})
}

// fact takes a fact as persist does: with its documents, and what it makes of the contract by the same rules.
func (l *Store) fact(_ caller, v *persistclient.View, r *http.Request) (any, int) {
	parts, err := r.MultipartReader()
	for part, end := parts.NextPart(); err == nil && end == nil; part, end = parts.NextPart() {
		content, _ := io.ReadAll(part)
		if part.Header.Get("Content-Type") == "application/pdf" {
			l.Files[persistclient.DocumentOf(content).SHA256] = content
			continue
		}
		e, err := events.FromStructured(content)
		if err != nil {
			return function.Problem{Status: http.StatusUnprocessableEntity, Detail: err.Error()}, 0
		}
		l.Told = append(l.Told, e.Payload)
		if err := l.Apply(v, e.Payload); err != nil {
			return function.Problem{Status: http.StatusUnprocessableEntity, Detail: err.Error()}, 0
		}
	}
	delete(l.Leased, v.ID)
	return nil, http.StatusOK
}

func (l *Store) Apply(v *persistclient.View, p events.Payload) error {
	n, err := lifecycle.Apply(v.Contract, map[int]lifecycle.AttemptOnRecord{1: {}, 2: {}}, p, l.now())
	if err == nil && n.Written {
		v.Contract = n.After
	}
	return err
}
