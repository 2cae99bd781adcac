package signing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What one call may take. Documents of up to 50 MB are Yousign's own limit.
const (
	answerLimit   = 1 << 20
	pdfLimit      = 50 << 20
	answerTimeout = 15 * time.Second
	fileTimeout   = 60 * time.Second
)

// Waits for 429: what is assumed if the service does not say, and the most that it is believed.
const (
	usualWait   = time.Minute
	longestWait = time.Hour
)

// call is one request to the service.
type call struct {
	act         string // what is being done, for errors: ids, no person, no token
	method      string
	path        string
	contentType string
	body        []byte
	limit       int64
	timeout     time.Duration
}

// get asks for JSON.
func (y *Yousign) get(ctx context.Context, act, path string, into any) error {
	return y.json(ctx, call{act: act, method: http.MethodGet, path: path}, into)
}

// post sends v as JSON; v may be nil.
func (y *Yousign) post(ctx context.Context, act, path string, v, into any) error {
	c := call{act: act, method: http.MethodPost, path: path}
	if v != nil {
		var err error
		if c.body, err = json.Marshal(v); err != nil {
			return fmt.Errorf("%s: %w", act, err)
		}
		c.contentType = "application/json"
	}
	return y.json(ctx, c, into)
}

// json makes a call and reads the answer into into, which may be nil.
func (y *Yousign) json(ctx context.Context, c call, into any) error {
	c.limit, c.timeout = answerLimit, max(c.timeout, answerTimeout)
	body, err := y.do(ctx, c)
	if err != nil || into == nil {
		return err
	}
	if json.Unmarshal(body, into) != nil { // its error may quote what was sent
		return fmt.Errorf("%s: the answer is not the JSON that was expected", c.act)
	}
	return nil
}

// pdf makes a call whose answer must be a PDF. It is not looked into any further.
func (y *Yousign) pdf(ctx context.Context, act, path string) ([]byte, error) {
	file, err := y.do(ctx, call{act: act, method: http.MethodGet, path: path, limit: pdfLimit, timeout: fileTimeout})
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(file, []byte("%PDF-")) {
		return nil, fmt.Errorf("%s: what came is no PDF", act)
	}
	return file, nil
}

// do makes one call, once, and returns the body of a 2xx answer.
func (y *Yousign) do(ctx context.Context, c call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, c.method, y.address+c.path, bytes.NewReader(c.body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.act, withoutAddress(err))
	}
	r.Header.Set("Authorization", "Bearer "+y.key)
	r.Header.Set("Accept", "application/json, application/pdf")
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	answer, err := y.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.act, withoutAddress(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: read the answer: %w", c.act, err)
	case answer.StatusCode/100 != 2:
		return nil, fmt.Errorf("%s: %w", c.act, refusal(answer, body, y.now()))
	case int64(len(body)) > c.limit:
		return nil, fmt.Errorf("%s: the answer has more than %d bytes", c.act, c.limit)
	}
	return body, nil
}

// withoutAddress drops the address from an error of the HTTP client: its query may hold the token.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refusal turns an answer that is not 2xx into what the caller is to do about it. 404 counts as "no such thing" only
// in the service's own words: a page of some proxy says nothing about a request.
func refusal(answer *http.Response, body []byte, now time.Time) error {
	var problem struct {
		Type   string `json:"type"`
		Params []struct {
			Name string `json:"name"`
		} `json:"invalid_params"`
	}
	_ = json.Unmarshal(body, &problem) // 405, 429, 502 and proxies have bodies of other forms
	switch status := answer.StatusCode; {
	case status == http.StatusTooManyRequests:
		return Limited{After: retryAfter(answer.Header, now)}
	case status == http.StatusNotFound && problem.Type != "":
		return ErrUnknown
	case status/100 != 4 || status == http.StatusNotFound || status == http.StatusRequestTimeout:
		return fmt.Errorf("the signature service answered %d", status)
	}
	var fields []string
	for _, p := range problem.Params {
		fields = append(fields, plain(p.Name))
	}
	return Rejected{Status: answer.StatusCode, Type: plain(problem.Type), Detail: strings.Join(fields, ", ")}
}

// plainName is what names of problems and fields look like. Anything else, and the service's sentences, are left out:
// they may quote a name or a number. It is compiled at its first use: a cold start does not wait for it.
var plainName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:\[\]-]{0,99}$`) })

func plain(name string) string {
	if !plainName().MatchString(name) {
		return "?"
	}
	return name
}

// retryAfter reads Retry-After in both forms of RFC 9110 §10.2.3.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	after := usualWait
	if seconds, err := strconv.Atoi(value); err == nil {
		after = time.Duration(min(max(seconds, 0), int(longestWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, time.Second), longestWait)
}

// rejected reports whether err says that trying again is useless.
func rejected(err error) bool {
	var r Rejected
	return errors.As(err, &r)
}

// path joins what stands between slashes; none of it can reach into another place.
func path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
