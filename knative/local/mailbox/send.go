package mailbox

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sizeLimit is the largest request that SendGrid takes: "the total size of your email, including attachments, must
// be less than 30MB".
const sizeLimit = 30 << 20

// rateLimit is what the rate-limit headers say of a minute. The mailbox limits only when it is asked to.
const rateLimit = 600

// send takes a mail as POST /v3/mail/send does: 202 without a body, and its id in X-Message-Id.
func (m *Mailbox) send(w http.ResponseWriter, r *http.Request) {
	now := m.o.Now()
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(rateLimit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(rateLimit-1))
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(now.Truncate(time.Minute).Add(time.Minute).Unix(), 10))
	if !m.authorised(r) {
		refuse(w, http.StatusUnauthorized, unauthorized)
		return
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, fieldError{Message: "Content-Type should be application/json."})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, sizeLimit))
	if err != nil {
		unread(w, err)
		return
	}
	fault, retryAfter := m.fault()
	if before(w, r, fault, retryAfter, now) {
		return
	}
	q, errs := m.decode(body)
	if len(errs) > 0 {
		refuse(w, http.StatusBadRequest, errs...)
		return
	}
	m.accept(w, r, q, fault)
}

// unauthorized is what SendGrid says of a key that it does not accept.
var unauthorized = fieldError{Message: "The provided authorization grant is invalid, expired, or revoked"}

func unread(w http.ResponseWriter, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		refuse(w, http.StatusRequestEntityTooLarge, fieldError{Message: "The total size of your email must be less than 30MB."})
		return
	}
	refuse(w, http.StatusBadRequest, fieldError{Message: "Bad Request"})
}

func (m *Mailbox) authorised(r *http.Request) bool {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return bearer && m.o.APIKey != "" && subtle.ConstantTimeCompare([]byte(key), []byte(m.o.APIKey)) == 1
}

// decode reads and checks a request. An unknown field is refused, though SendGrid might not: a stand-in that is
// stricter finds what would be lost without a word.
func (m *Mailbox) decode(body []byte) (request, []fieldError) {
	var q request
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	if err := in.Decode(&q); err != nil || in.More() {
		return q, []fieldError{misread(err)}
	}
	errs := q.validate()
	for i, p := range q.Personalizations {
		for j, to := range p.To {
			if m.refuses(to.Email) {
				errs = append(errs, wrong(fmt.Sprintf("personalizations.%d.to.%d.email", i, j), "Does not contain a valid address."))
			}
		}
	}
	return q, errs
}

// misread says what of the JSON did not fit.
func misread(err error) fieldError {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) && mistyped.Field != "" {
		return wrong(mistyped.Field, "The value is not a %s.", mistyped.Type)
	}
	if err != nil {
		return fieldError{Message: "Bad Request: " + err.Error()}
	}
	return fieldError{Message: "Bad Request"}
}

// accept keeps the mails; in sandbox mode it answers 200 and keeps none, as SendGrid does.
func (m *Mailbox) accept(w http.ResponseWriter, r *http.Request, q request, f Fault) {
	if q.MailSettings.SandboxMode.Enable {
		w.WriteHeader(http.StatusOK)
		return
	}
	if err := m.keep(q.mails(m.o.Now().UTC())...); err != nil {
		m.o.Log.Error("mail not stored", "error", err.Error())
		refuse(w, http.StatusInternalServerError, fieldError{Message: "internal server error"})
		return
	}
	if after(w, r, f) {
		return
	}
	w.Header().Set("X-Message-Id", rand.Text()[:22])
	w.WriteHeader(http.StatusAccepted)
}

// refuse answers as SendGrid does: a list of what is wrong.
func refuse(w http.ResponseWriter, status int, errs ...fieldError) {
	answer(w, status, map[string][]fieldError{"errors": errs})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone
}
