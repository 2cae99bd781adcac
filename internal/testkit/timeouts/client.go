package timeouts

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Client is an HTTP client whose requests may take d each, the reading of the answer included, as Context counts it.
func Client(d time.Duration) *http.Client { return &http.Client{Transport: transport(d)} }

type transport time.Duration

func (d transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := Context(r.Context(), time.Duration(d))
	answer, err := http.DefaultTransport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	answer.Body = body{answer.Body, cancel}
	return answer, nil
}

// body ends the request's context when the answer has been read.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
