package sessions

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// LogOut ends the session, and every one that came from the same log-in. With an access token it ends that person's only:
// another account may have been logged in in the same browser since.
func (a *API) LogOut(c rest.Call) error {
	if err := a.sameOrigin(c.R); err != nil {
		return err
	}
	var user string
	if c.R.Header["Authorization"] != nil {
		person, _, err := rest.Bearer(c.R, a.Tokens, a.Now())
		if err != nil {
			return err
		}
		user = person.Subject
	}
	if secret := a.cookies.of(c.R, a.cookies.Refresh); secret != "" {
		switch err := a.Record.EndSession(c.R.Context(), digest(secret), user); {
		case errors.Is(err, persistclient.ErrDenied):
			return rest.Problem(http.StatusConflict, "Another account is logged in in this browser.")
		case err != nil && !errors.Is(err, persistclient.ErrNotFound):
			return fmt.Errorf("end a session: %w", err)
		}
	}
	a.cookies.set(c.W, a.cookies.Refresh, "", -1)
	c.W.WriteHeader(http.StatusNoContent)
	return nil
}
