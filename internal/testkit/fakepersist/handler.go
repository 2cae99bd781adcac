package fakepersist

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// question is one call: who may make it, and what answers. An answer is a value as JSON, a file, nothing (204), or a
// function.Problem.
type question struct {
	pattern   string
	roles     []auth.Role
	functions []string
	answer    func(who caller, r *http.Request) any
}

// made is an answer with status 201.
type made struct{ value any }

// wait is the answer to whoever is to come again later.
type wait struct {
	after time.Duration
	why   string
}

var (
	notFound     = function.Problem{Status: http.StatusNotFound, Detail: "There is no such thing, or it is not yours."}
	forbidden    = function.Problem{Status: http.StatusForbidden, Detail: "This is not for this caller."}
	conflict     = function.Problem{Status: http.StatusConflict, Detail: "It is otherwise by now."}
	unauthorized = function.Problem{Status: http.StatusUnauthorized, Detail: "The token is missing or not accepted."}
	nobody       = function.Problem{Type: persistclient.PersonType, Status: http.StatusUnauthorized, Detail: "The person's token is not accepted."}
)

// Handler answers.
func (s *Store) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, q := range slices.Concat(s.aboutContracts(), s.aboutAttempts(), s.aboutAttention(), s.aboutAccounts(), s.aboutSessions(), s.aboutSweeps()) {
		mux.HandleFunc(q.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, q) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { write(w, notFound) })
	return mux
}

func (s *Store) serve(w http.ResponseWriter, r *http.Request, q question) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	defer func() { // read and check end an answer where they find something wrong
		if wrong := recover(); wrong != nil {
			p, is := wrong.(function.Problem)
			if !is {
				panic(wrong)
			}
			write(w, p)
		}
	}()
	if s.Away {
		write(w, function.Problem{Status: http.StatusServiceUnavailable})
		return
	}
	who := s.caller(r)
	if who.function != "" && !slices.Contains(q.functions, who.function) || who.function == "" && !slices.Contains(q.roles, who.Role) {
		write(w, forbidden)
		return
	}
	s.mustStand(who)
	write(w, q.answer(who, r))
}

func write(w http.ResponseWriter, answer any) {
	switch a := answer.(type) {
	case function.Problem:
		if a.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		function.WriteProblem(w, a)
	case wait:
		w.Header().Set("Retry-After", strconv.Itoa(int(max(time.Second, a.after).Seconds())))
		function.WriteProblem(w, function.Problem{Status: http.StatusTooManyRequests, Detail: a.why})
	case []byte:
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Length", strconv.Itoa(len(a)))
		_, _ = w.Write(a)
	case made:
		function.WriteJSON(w, http.StatusCreated, a.value)
	case nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		function.WriteJSON(w, http.StatusOK, a)
	}
}

// caller is who asks: a person, or a function by its name.
type caller struct {
	auth.Person
	function string
}

// caller reads who a request is from: a function's token for this very request, and beside orchestrate's a person's.
func (s *Store) caller(r *http.Request) caller {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	people := r.Header.Values(persistclient.PersonHeader)
	theirs := strings.Join(people, "")
	name, err := auth.ReadFunction(token, auth.QuestionOf(r, theirs), s.keys, s.now())
	switch {
	case !bearer, len(people) > 1, err != nil:
		panic(unauthorized)
	case len(people) == 0:
		return caller{function: name}
	case name != "orchestrate":
		panic(forbidden)
	}
	person, err := s.sessions.Read(theirs, s.now())
	if err != nil {
		panic(nobody)
	}
	return caller{Person: person}
}

// mustStand ends the answer unless a person stands as their token says.
func (s *Store) mustStand(who caller) {
	if who.function != "" {
		return
	}
	stands := false
	if who.Role == auth.SignerByLink {
		stands = s.linkIsOpen(persistclient.Link{Contract: contract.ID(who.Contract), Signer: who.Subject})
	} else if u, there := s.Users[who.Subject]; there {
		stands = !u.Disabled && u.Role == who.Role && u.Epoch == who.Epoch
	}
	if !stands {
		panic(nobody)
	}
}

// linkIsOpen reports whether a signer may come in by a link: until the contract ends, unless there is a signed copy.
func (s *Store) linkIsOpen(l persistclient.Link) bool {
	v := s.Contracts[l.Contract]
	if v == nil || v.PersonOf(l.Signer) == nil {
		return false
	}
	for _, u := range s.Users {
		if u.Disabled && u.EmailVerified && strings.EqualFold(u.Email, v.PersonOf(l.Signer).Email) {
			return false
		}
	}
	over := v.Status == contract.Declined || v.Status == contract.Expired || v.Status == contract.Cancelled
	return !over || v.Request != nil && v.Request.Signed
}

// read decodes the one JSON value that a request brings, in which no field is unknown.
func read[T any](r *http.Request) (v T) {
	text, _ := io.ReadAll(r.Body)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&v)
	var mistyped *json.UnmarshalTypeError
	if err == nil {
		return v
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		panic(unprocessable(function.FieldError{Field: strings.Trim(name, `"`), Reason: "is not known"}))
	}
	if errors.As(err, &mistyped) {
		panic(unprocessable(function.FieldError{Field: mistyped.Field, Reason: "has the wrong type"}))
	}
	panic(function.Problem{Status: http.StatusBadRequest, Detail: "The body is not JSON of the form that is asked for."})
}

func unprocessable(fields ...function.FieldError) function.Problem {
	return function.Problem{Status: http.StatusUnprocessableEntity, Detail: "Some fields are not right.", Fields: fields}
}
