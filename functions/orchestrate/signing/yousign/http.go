package yousign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// What one call may take. Documents of up to 50 MB are Yousign's own limit.
const (
	answerLimit   = 1 << 20
	pdfLimit      = 50 << 20
	answerTimeout = 15 * time.Second
	fileTimeout   = 60 * time.Second
)

// call is one request to the service.
type call struct {
	act         string // what is being done, for errors: ids, no person, no token
	method      string
	path        string
	names       bool // whether the path names a request: "not found" is an answer about it then, else about the address
	contentType string
	body        []byte
	limit       int64
	timeout     time.Duration
}

// get asks for JSON about what the path names.
func (y *Client) get(ctx context.Context, act, path string, into any) error {
	return y.json(ctx, call{act: act, method: http.MethodGet, path: path, names: true}, into)
}

// post sends v as JSON; v may be nil.
func (y *Client) post(ctx context.Context, c call, v, into any) error {
	c.method = http.MethodPost
	if v != nil {
		var err error
		if c.body, err = json.Marshal(v); err != nil {
			return fmt.Errorf("%s: %w", c.act, err)
		}
		c.contentType = "application/json"
	}
	return y.json(ctx, c, into)
}

// json makes a call and reads the answer into into, which may be nil. What is no JSON at all comes from somebody else.
func (y *Client) json(ctx context.Context, c call, into any) error {
	c.limit, c.timeout = answerLimit, max(c.timeout, answerTimeout)
	body, err := y.do(ctx, c)
	switch {
	case err != nil || into == nil:
		return err
	case !json.Valid(body):
		return fmt.Errorf("%s: %w", c.act, signing.Fault{Cause: signing.CauseAddress, Status: http.StatusOK})
	case json.Unmarshal(body, into) != nil: // its error may quote what was sent
		return fmt.Errorf("%s: the answer is not the JSON that was expected", c.act)
	}
	return nil
}

// file makes a call whose answer is a file.
func (y *Client) file(ctx context.Context, act, path string) ([]byte, error) {
	file, err := y.do(ctx, call{act: act, method: http.MethodGet, path: path, names: true, limit: pdfLimit, timeout: fileTimeout})
	if err == nil && bytes.HasPrefix(bytes.TrimSpace(file), []byte("<")) {
		return nil, fmt.Errorf("%s: %w", act, signing.Fault{Cause: signing.CauseAddress, Status: http.StatusOK}) // a page of some proxy
	}
	return file, err
}

// do makes one call, once, and returns the body of a 2xx answer.
func (y *Client) do(ctx context.Context, c call) ([]byte, error) {
	if err := y.Gate(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", c.act, err)
	}
	status, header, body, err := y.send(ctx, c)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", c.act, err)
	case status/100 != 2:
		err := refusal(status, header, body, c.names, y.Now())
		if limited := (signing.Limited{}); errors.As(err, &limited) {
			y.Report(ctx, limited.After)
		}
		return nil, fmt.Errorf("%s: %w", c.act, err)
	case c.method == http.MethodDelete && status != http.StatusNoContent: // there is nothing else to tell it by
		return nil, fmt.Errorf("%s: %w", c.act, signing.Fault{Cause: signing.CauseAddress, Status: status})
	case int64(len(body)) > c.limit:
		return nil, fmt.Errorf("%s: the answer has more than %d bytes", c.act, c.limit)
	}
	return body, nil
}

// send brings one request there and the answer back. The body may have one byte more than the limit.
func (y *Client) send(ctx context.Context, c call) (status int, header http.Header, body []byte, err error) {
	timed, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(timed, c.method, y.Address+c.path, bytes.NewReader(c.body))
	if err != nil {
		return 0, nil, nil, withoutAddress(err)
	}
	r.Header.Set("Authorization", "Bearer "+y.APIKey)
	r.Header.Set("Accept", "application/json, application/pdf")
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	answer, err := y.http.Do(r)
	if err != nil {
		return 0, nil, nil, unreached(ctx, withoutAddress(err))
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, c.limit+1))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	return answer.StatusCode, answer.Header, body, nil
}

// withoutAddress drops the address from an error of the HTTP client: its query may hold the token.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// path joins what stands between slashes; none of it can reach into another place.
func path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
