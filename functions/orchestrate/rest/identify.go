package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// authenticate finds out who calls and whether the route is for them. A token is taken from the Authorization header
// only: no cookie and no address opens anything, so no other site can make a browser act for its person.
func (router *Router) authenticate(c *Call, roles []auth.Role) error {
	if roles == nil {
		return nil
	}
	person, token, err := Bearer(c.R, router.Sessions, router.Now())
	if err != nil {
		return err
	}
	if !slices.Contains(roles, person.Role) {
		return fmt.Errorf("%w: the role %s", persistclient.ErrDenied, person.Role)
	}
	switch id := c.R.PathValue("id"); {
	case id == "":
	case !ids.Valid(id):
		return fmt.Errorf("%w: what has no id's form", persistclient.ErrNotFound) // nothing behind this has to check it again
	case person.Contract != "" && id != person.Contract:
		return fmt.Errorf("%w: the link is for another contract", persistclient.ErrNotFound)
	}
	c.Person, c.Record = person, router.Record.As(token)
	return nil
}

// Bearer reads a request's access token.
func Bearer(r *http.Request, sessions auth.Sessions, now time.Time) (auth.Person, string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || len(r.Header.Values("Authorization")) != 1 {
		return auth.Person{}, "", fmt.Errorf("%w: there is none", auth.ErrNotAccepted)
	}
	person, err := sessions.Read(token, now)
	return person, token, err
}
