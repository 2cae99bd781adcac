package persistclient

import (
	"context"
	"net/http"
	"net/url"
)

// UserByEmail returns the user with this address, password hash included. For orchestrate as itself.
//
// Whoever asks is about to try a password: the try counts as failed for its source until a session is started. If the
// source has to wait, the error is a TryLater and nobody is named. Without a source nothing is counted.
func (c *Client) UserByEmail(ctx context.Context, email, source string) (User, error) {
	var u User
	return u, c.call(ctx, http.MethodPost, "/users/by-email", map[string]string{"email": email, "source": source}, &u)
}

// User returns a user without the password hash.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	var u User
	return u, c.call(ctx, http.MethodGet, "/users/"+url.PathEscape(id), nil, &u)
}

// Users lists everybody. For administrators.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	var u []User
	return u, c.call(ctx, http.MethodGet, "/users", nil, &u)
}

// AddUser makes an account. For administrators. ErrConflict if the address has one.
func (c *Client) AddUser(ctx context.Context, u User) (User, error) {
	var made User
	return made, c.call(ctx, http.MethodPost, "/users", u, &made)
}

// ProveAddress notes that the person's address is theirs: they have the secret of a link that was mailed to it, by its
// SHA-256. The account has this password from then on, and all that opened it before ends. ErrNotFound if the link was
// mailed to another address or has ended.
func (c *Client) ProveAddress(ctx context.Context, id, link, hash string) (User, error) {
	var u User
	in := map[string]string{"link": link, "password_hash": hash}
	return u, c.call(ctx, http.MethodPost, "/users/"+url.PathEscape(id)+"/address", in, &u)
}

// Rehash puts a new hash of a user's password in the place of the old one, if that is still there. For orchestrate as
// itself.
func (c *Client) Rehash(ctx context.Context, id, was, now string) error {
	return c.call(ctx, http.MethodPut, "/users/"+url.PathEscape(id)+"/password", map[string]string{"was": was, "now": now}, nil)
}

// Identify returns the account of somebody from outside, and makes it at their first visit. For orchestrate as itself.
// ErrConflict if their address has the account of somebody else at that issuer.
func (c *Client) Identify(ctx context.Context, who Identity) (User, error) {
	var u User
	return u, c.call(ctx, http.MethodPost, "/identities", who, &u)
}

// StartSession keeps a refresh token's digest. For orchestrate as itself.
func (c *Client) StartSession(ctx context.Context, s Session) error {
	return c.call(ctx, http.MethodPost, "/sessions", s, nil)
}

// RotateSession replaces a refresh token by the next one and returns whose it is. ErrDenied if the old one is
// unknown, over or was used before; in the last case its whole family ends.
//
// A token that was used a moment ago leads to the same successor again. A TryLater says that this session is renewed
// too often, or that the source presents too many tokens that nobody was given.
func (c *Client) RotateSession(ctx context.Context, old string, next Session, source string) (Renewal, error) {
	var n Renewal
	in := struct {
		Old    string  `json:"old"`
		Next   Session `json:"next"`
		Source string  `json:"source"`
	}{old, next, source}
	return n, c.call(ctx, http.MethodPost, "/sessions/rotate", in, &n)
}

// EndSession ends the family of a refresh token. Ending it twice is harmless. If a user is named and the token is another's,
// nothing ends and the error is ErrDenied.
func (c *Client) EndSession(ctx context.Context, digest, user string) error {
	return c.call(ctx, http.MethodPost, "/sessions/end", map[string]string{"digest": digest, "user": user}, nil)
}

// OpenLink returns what the link in a notification opens, by the SHA-256 of its secret in hexadecimal. ErrNotFound once
// the contract's links have ended.
// A link that was given out is always found; a TryLater says that the source presents too many that were not.
func (c *Client) OpenLink(ctx context.Context, digest, source string) (Link, error) {
	var l Link
	return l, c.call(ctx, http.MethodPost, "/links/open", map[string]string{"digest": digest, "source": source}, &l)
}

// DeadLetters lists the events that nobody could take, newest first. For administrators.
func (c *Client) DeadLetters(ctx context.Context) ([]DeadLetter, error) {
	var d []DeadLetter
	return d, c.call(ctx, http.MethodGet, "/dead-letters", nil, &d)
}

// ReplayDeadLetter gives a dead letter to the broker again. For administrators.
func (c *Client) ReplayDeadLetter(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, "/dead-letters/"+url.PathEscape(id)+"/replay", nil, nil)
}
