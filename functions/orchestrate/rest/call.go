package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/strictjson"
)

// Call is one request of a client who was let in.
type Call struct {
	W      http.ResponseWriter
	R      *http.Request
	Person auth.Person           // zero where nobody has to say who they are
	Record *persistclient.Client // speaks as the person; nil where there is none
}

const (
	BodyLimit = 256 << 10 // bytes; a contract with its data has a few thousand
	keyLimit  = 255       // characters of an Idempotency-Key
)

// Body reads the request's Body into a pointer to a struct and returns its bytes. An absent Body leaves the struct
// as it is, if that is allowed.
func (c Call) Body(into any, optional bool) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(c.W, c.R.Body, BodyLimit))
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 && optional {
		return raw, nil
	}
	if kind, _, err := mime.ParseMediaType(c.R.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, Problem(http.StatusUnsupportedMediaType, "The body has to be application/json.")
	}
	return raw, DecodeStrict(raw, into)
}

// DecodeStrict reads one JSON value in which nothing is unknown, twice or left over.
func DecodeStrict(raw []byte, into any) error {
	err := strictjson.Decode(raw, into)
	var wrong *strictjson.Error
	if errors.As(err, &wrong) && wrong.Field != "" {
		return Invalid(function.FieldError{Field: wrong.Field, Reason: wrong.Reason})
	}
	if err != nil {
		return Problem(http.StatusBadRequest, "The body cannot be read: "+err.Error()+".")
	}
	return nil
}

// IdempotencyKey reads the request's Idempotency-Key. Its digest covers all that the answer depends on.
func (c Call) IdempotencyKey(body []byte) (persistclient.Idempotency, error) {
	given := c.R.Header.Values("Idempotency-Key")
	if len(given) == 0 {
		return persistclient.Idempotency{}, nil
	}
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(given) > 1 || given[0] == "" || len(given[0]) > keyLimit || strings.ContainsFunc(given[0], unprintable) {
		return persistclient.Idempotency{}, Problem(http.StatusBadRequest, fmt.Sprintf("Idempotency-Key is one key of 1 to %d visible ASCII characters.", keyLimit))
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", c.R.Method, c.R.URL.EscapedPath())
	h.Write(body)
	return persistclient.Idempotency{Key: given[0], Digest: hex.EncodeToString(h.Sum(nil))}, nil
}
