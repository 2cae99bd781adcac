package auth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"golang.org/x/time/rate"

	"github.com/paraphe/paraphe/shared/function"
)

// Keys finds an issuer's public key by the name that a token gives, and the algorithm that the issuer declares for it, if
// it does.
type Keys interface {
	Find(ctx context.Context, kid string) (key any, algorithm string, err error)
}

// How often an issuer is asked for its keys: by itself, so that a key that it took back is not believed for longer; and
// for a name that nobody knows, so that a storm of invented names costs it nothing.
const (
	keysAge     = 15 * time.Minute
	unknownRate = 30 * time.Second
	keysTimeout = 5 * time.Second
	keysLimit   = 1 << 20 // bytes
)

// errNoKeys says that the issuer has not told its keys yet.
var errNoKeys = errors.New("the issuer's keys could not be fetched")

// JWKS is the keys that an issuer publishes (RFC 7517 §5). It asks for them at the first token, not before: a function
// that starts has no time for it.
type JWKS struct {
	address string
	client  *http.Client
	failed  func(error)
	ctx     context.Context
	stop    context.CancelFunc

	mu   sync.Mutex
	keys keyfunc.Keyfunc // nil before the first token
}

// NewJWKS makes the keys at this address. failed is told when they cannot be had.
func NewJWKS(address string, client *http.Client, failed func(error)) *JWKS {
	ctx, stop := context.WithCancel(context.Background())
	return &JWKS{address: address, client: bounded(client), failed: failed, ctx: ctx, stop: stop}
}

// Stop ends the asking.
func (j *JWKS) Stop() { j.stop() }

// Find implements Keys. One that is unknown is asked for, at a bounded rate.
func (j *JWKS) Find(ctx context.Context, kid string) (any, string, error) {
	keys, err := j.open()
	if err != nil {
		return nil, "", function.Unavailable{Cause: errors.Join(errNoKeys, err)}
	}
	jwk, err := keys.Storage().KeyRead(ctx, kid)
	if err != nil {
		if all, e := keys.Storage().KeyReadAll(ctx); e != nil || len(all) == 0 {
			return nil, "", function.Unavailable{Cause: errNoKeys}
		}
		return nil, "", errors.New("unknown key")
	}
	public := jwk.Marshal()
	if public.USE != "" && public.USE != "sig" {
		return nil, "", errors.New("the key is not for signatures")
	}
	return jwk.Key(), public.ALG.String(), nil
}

func (j *JWKS) open() (keyfunc.Keyfunc, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.keys != nil {
		return j.keys, nil
	}
	keys, err := keyfunc.NewDefaultOverrideCtx(j.ctx, []string{j.address}, keyfunc.Override{
		Client: j.client, HTTPTimeout: keysTimeout, RefreshInterval: keysAge,
		RefreshUnknownKID: rate.NewLimiter(rate.Every(unknownRate), 1), RateLimitWaitMax: keysTimeout,
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(_ context.Context, err error) { j.failed(err) }
		},
	})
	j.keys = keys
	return keys, err
}

// bounded returns a client that reads no more of an answer than keys can be long.
func bounded(client *http.Client) *http.Client {
	limited := *client
	limited.Transport = limit{client.Transport}
	return &limited
}

type limit struct{ http.RoundTripper }

func (l limit) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, keysLimit), answer.Body}
	}
	return answer, err
}
