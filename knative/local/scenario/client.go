package scenario

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// client speaks to the API as one person.
type client struct {
	base    string
	token   string
	patient bool
}

func (c *client) logIn(ctx context.Context, with map[string]string) error {
	var session struct {
		Token string `json:"access_token"`
	}
	if err := c.post(ctx, "/v1/session", with, &session); err != nil {
		return err
	}
	c.token = session.Token
	return nil
}

func (c *client) get(ctx context.Context, path string, out any) error {
	text, err := c.bytes(ctx, path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

func (c *client) bytes(ctx context.Context, path string) ([]byte, error) {
	return c.do(ctx, http.MethodGet, path, nil)
}

func (c *client) post(ctx context.Context, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	text, err := c.do(ctx, http.MethodPost, path, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// do asks once, or, if the client is patient, until an answer comes that is no failure of the server and no request to wait.
func (c *client) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	key := rand.Text()
	for {
		r, err := c.request(ctx, method, path, key, body)
		if err != nil {
			return nil, err
		}
		text, err := fetch(http.DefaultClient, r)
		var refused statusError
		if err == nil || !c.patient || ctx.Err() != nil || errors.As(err, &refused) && !refused.temporary() {
			return text, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(max(50*time.Millisecond, refused.wait)):
		}
	}
}

func (c *client) request(ctx context.Context, method, path, key string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", key)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	return r, nil
}

// statusError is an answer that is not of the 2xx kind.
type statusError struct {
	status  int
	message string
	wait    time.Duration // that it asks for before another try
}

// temporary reports whether another try may be answered otherwise.
func (r statusError) temporary() bool {
	return r.status >= 500 || r.status == http.StatusTooManyRequests
}

func (r statusError) Error() string { return r.message }

// fetch reads an answer of the 2xx kind; any other is an error that quotes it.
func fetch(client *http.Client, r *http.Request) ([]byte, error) {
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 != 2 {
		output := fmt.Sprintf("%s %s answered %s: %.500s", r.Method, r.URL.Path, answer.Status, text)
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // without one: none
		return nil, statusError{status: answer.StatusCode, message: output, wait: time.Duration(seconds) * time.Second}
	}
	return text, nil
}
