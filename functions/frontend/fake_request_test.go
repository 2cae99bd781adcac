package frontend

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Whom a call is for.
const (
	fakeEveryone = "customer manager administrator signer"
	fakeAccounts = "customer manager administrator"
	fakeStaff    = "manager administrator"
)

// problem ends an answer.
type problem struct {
	status int
	kind   string
	detail string
	fields []function.FieldError
}

func refuse(status int, detail string, fields ...function.FieldError) {
	panic(problem{status, "", detail, fields})
}

func wrongFields(fields ...function.FieldError) {
	if len(fields) > 0 {
		refuse(http.StatusUnprocessableEntity, "Some fields cannot be taken as they are.", fields...)
	}
}

func wrongField(field, reason string) function.FieldError {
	return function.FieldError{Field: field, Reason: reason}
}

// ServeHTTP answers one call at a time, with problems where it ends in one.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	defer func() {
		switch p := recover().(type) {
		case nil:
		case problem:
			if p.status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			function.WriteProblem(w, function.Problem{Type: p.kind, Status: p.status, Detail: p.detail, Fields: p.fields})
		default:
			panic(p)
		}
	}()
	if _, pattern := f.mux.Handler(r); pattern == "" {
		unknown := httptest.NewRecorder()
		f.mux.ServeHTTP(unknown, r)
		if allowed := unknown.Header().Get("Allow"); allowed != "" {
			w.Header().Set("Allow", allowed)
		}
		refuse(unknown.Code, "There is no such call.")
	}
	f.mux.ServeHTTP(w, r)
}

// handle adds a call that needs a token of one of these roles.
func (f *fake) handle(pattern, roles string, answer func(w http.ResponseWriter, r *http.Request, who *fakePerson)) {
	f.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		who := f.caller(r)
		if who == nil {
			refuse(http.StatusUnauthorized, "The access token is not accepted.")
		}
		if !slices.Contains(strings.Fields(roles), who.Role) {
			refuse(http.StatusForbidden, "You may not do this.")
		}
		if r.Method != http.MethodGet {
			f.orders = append(f.orders, who.ID+" "+r.Method+" "+r.URL.Path)
		}
		answer(w, r, who)
	})
}

// strict reads a body in which nothing is unknown. An absent one leaves into as it is, if that is allowed.
func strict(r *http.Request, into any, optional bool) {
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	if len(raw) == 0 && optional {
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(http.StatusUnsupportedMediaType, "The body has to be application/json.")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var mistyped *json.UnmarshalTypeError
	if err == nil {
		return
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		wrongFields(wrongField(strings.Trim(name, `"`), "is unknown"))
	}
	if errors.As(err, &mistyped) {
		wrongFields(wrongField(mistyped.Field, "has another type"))
	}
	refuse(http.StatusBadRequest, "The body is not one JSON value in UTF-8.")
}

// keptAnswer is what a request with an Idempotency-Key was answered.
type keptAnswer struct {
	request  string
	answered *httptest.ResponseRecorder
}

// once answers the same request again as before.
func (f *fake) once(w http.ResponseWriter, r *http.Request, who *fakePerson, answer func(w http.ResponseWriter)) {
	key := r.Header.Get("Idempotency-Key")
	if strings.ContainsAny(key, " \t") || len(key) > 255 {
		refuse(http.StatusBadRequest, "Idempotency-Key is one key of 1 to 255 visible ASCII characters.")
	}
	if key == "" {
		answer(w)
		return
	}
	raw, _ := io.ReadAll(r.Body)
	request := r.Method + " " + r.URL.Path + "\n" + string(raw)
	kept, there := f.answered[who.ID+" "+key]
	if there && kept.request != request {
		panic(problem{http.StatusUnprocessableEntity, persistclient.ReusedType, "This Idempotency-Key was used for another request.", nil})
	}
	if !there {
		kept = keptAnswer{request, httptest.NewRecorder()}
		answer(kept.answered)
		f.answered[who.ID+" "+key] = kept
	}
	for name, values := range kept.answered.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(kept.answered.Code)
	_, _ = w.Write(kept.answered.Body.Bytes())
}
