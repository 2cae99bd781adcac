package persistclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// What persist may answer besides what was asked for, and auth.ErrNotAccepted, if a person's token is over: it may have been
// good when the caller looked. Anything else is an error of the moment, a function's own token that is refused among it.
var (
	ErrNotFound = errors.New("no such thing in the record, or not for this caller")
	ErrConflict = errors.New("the record says otherwise by now")
	ErrDenied   = errors.New("the record does not take this from this caller")
	// ErrImpossible says that it cannot be done with the contract as it stands, whoever asks.
	ErrImpossible = errors.New("not possible for this contract")
	ErrReused     = errors.New("this idempotency key was used for another request")
)

// PersonHeader is where a person's session token stands beside the token of the function that asks for them.
const PersonHeader = "Paraphe-Person"

// TryLater says that it can be done in a while: somebody is at work on it, or it was tried too often.
type TryLater struct {
	After time.Duration
	Why   string
}

func (l TryLater) Error() string { return l.Why }

// Client asks persist. It asks for the function itself or, made by As, for a person.
type Client struct {
	Address string
	HTTP    *http.Client
	Self    auth.Author // the function: its tokens, and the facts that it brings
	Now     func() time.Time
	person  *string // a person's session token; nil for the function itself
}

// As returns a client that asks for the person with this session token. Only orchestrate may.
func (c *Client) As(token string) *Client {
	return &Client{Address: c.Address, HTTP: c.HTTP, Self: c.Self, Now: c.Now, person: &token}
}

// Authorize says in a request of persist who asks: a token of the function's own for this very request, and the person's
// beside it if there is one.
func (c *Client) Authorize(r *http.Request) error {
	person := ""
	if c.person != nil {
		person = *c.person
		r.Header.Set(PersonHeader, person) // an empty one is nobody, and not the function itself
	}
	token, err := c.Self.Token(auth.QuestionOf(r, person), c.Now())
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// call sends in as JSON and reads the answer into out; either may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any, header ...string) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode the question %s %s: %w", method, path, err)
		}
		header = append(header, "Content-Type", "application/json")
	}
	answer, err := c.send(ctx, method, path, bytes.NewReader(body), header...)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	} else {
		err = json.NewDecoder(answer.Body).Decode(out)
	}
	if err != nil {
		return fmt.Errorf("read the answer to %s: %w", method, err)
	}
	return nil
}

// send asks and returns an answer of the 2xx kind, whose body the caller closes.
func (c *Client) send(ctx context.Context, method, path string, body io.Reader, header ...string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.Address+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask persist: %w", err)
	}
	if err := c.Authorize(r); err != nil {
		return nil, fmt.Errorf("ask persist: %w", err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	function.SetTrace(ctx, r.Header)
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask persist: %w", withoutAddress(err))
	}
	if answer.StatusCode/100 != 2 {
		defer answer.Body.Close()
		return nil, c.problem(answer)
	}
	return answer, nil
}

// withoutAddress drops the address that net/http puts into its errors: a search in it may be a person's name.
func withoutAddress(err error) error {
	var about *url.Error
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}

// problem turns persist's refusal into an error that callers can recognise.
func (c *Client) problem(answer *http.Response) error {
	var p function.Problem
	_ = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&p) // without a body, the status says enough
	known := map[int]error{
		http.StatusNotFound: ErrNotFound, http.StatusConflict: ErrConflict, http.StatusForbidden: ErrDenied,
	}[answer.StatusCode]
	unknown := answer.StatusCode == http.StatusUnauthorized
	switch {
	case unknown && p.Type == PersonType:
		return fmt.Errorf("%w: %s", auth.ErrNotAccepted, p.Detail)
	case p.Type == ReusedType:
		return ErrReused
	case answer.StatusCode == http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		if err != nil || seconds < 1 {
			seconds = 1
		}
		return TryLater{After: time.Duration(seconds) * time.Second, Why: p.Detail}
	case p.Type == ImpossibleType:
		return fmt.Errorf("%w: %s", ErrImpossible, p.Detail)
	case known != nil:
		return fmt.Errorf("%w: %s", known, p.Detail)
	case answer.StatusCode/100 == 4 && !unknown:
		p.Status = answer.StatusCode
		return p
	}
	return fmt.Errorf("persist answered %s: %s", answer.Status, p.Detail)
}

// PersonType is the problem type for a person's token that is not accepted, or not any more.
const PersonType = "urn:paraphe:problem:person-not-accepted"

// ReusedType is the problem type for an idempotency key that came back with another request.
const ReusedType = "urn:paraphe:problem:idempotency-key-reused"

// ImpossibleType is the problem type for what cannot be done with a contract as it stands.
const ImpossibleType = "urn:paraphe:problem:impossible-now"
