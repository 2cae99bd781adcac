package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrBody says that the body of a request did not arrive whole: its client left, was too slow, or framed it wrongly. It
// is the client's doing, whoever reads the body.
var ErrBody = errors.New("the body did not arrive whole")

// clientBody marks what goes wrong while a request's body is read: behind a decoder, or a proxy that passes it on, nobody
// could tell it from other trouble.
type clientBody struct{ io.ReadCloser }

func (b clientBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrBody, err)
	}
	return n, err
}

// ClientGone reports whether the client of a request has gone away. What fails because of that is nobody's error, and nobody
// is left to be answered. A request that was given up for its time is another matter.
func ClientGone(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }
