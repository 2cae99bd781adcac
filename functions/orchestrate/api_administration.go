package orchestrate

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// passwordLeast is the shortest password, in characters. NIST SP 800-63B asks for length and for nothing else.
const passwordLeast = 12

// newUser is what an administrator sends to make an account.
type newUser struct {
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     auth.Role `json:"role"`
	Password string    `json:"password"`
	Locale   string    `json:"locale"`
}

// listUsers answers everybody with an account.
func (a *api) listUsers(c call) error {
	users, err := c.record.Users(c.r.Context())
	if err != nil {
		return err
	}
	items := []personView{}
	for _, u := range users {
		items = append(items, viewOfUser(u))
	}
	function.WriteJSON(c.w, http.StatusOK, map[string]any{"items": items})
	return nil
}

// addUser makes an account. What its address signs it sees once whoever uses it has proved that the address is theirs.
func (a *api) addUser(c call) error {
	var asked newUser
	raw, err := c.body(&asked, false)
	if err != nil {
		return err
	}
	if _, err := c.once(raw); err != nil { // a second account with one address is refused anyway
		return err
	}
	if wrong := asked.check(); len(wrong) > 0 {
		return invalid(wrong...)
	}
	made := persistclient.User{ID: newID(), Email: asked.Email, Name: asked.Name, Role: asked.Role, Locale: asked.Locale}
	if err := a.hashing.known.do(c.r.Context(), func() { made.PasswordHash = auth.HashPassword(asked.Password) }); err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	made, err = c.record.AddUser(c.r.Context(), made)
	if errors.Is(err, persistclient.ErrConflict) {
		return problem(http.StatusConflict, "There is an account with this address.")
	}
	if err != nil {
		return fmt.Errorf("add a user: %w", err)
	}
	function.WriteJSON(c.w, http.StatusCreated, viewOfUser(made))
	return nil
}

// check says what is wrong with each field, and brings the others into the form in which they are kept.
func (n *newUser) check() faults {
	var wrong faults
	n.Email, n.Name = wrong.email("email", n.Email, accountEmailLimit), tidy(n.Name)
	wrong.add("locale", whyNoLocale(n.Locale))
	wrong.add("name", whyNoAccountName(n.Name))
	if !slices.Contains(accounts, n.Role) {
		wrong.add("role", "must be customer, manager or administrator")
	}
	wrong.add("password", whyNoPassword(n.Password))
	return wrong
}

// whyNoPassword says what is wrong with a new password. Its length is all that is asked for.
func whyNoPassword(password string) string {
	if length := utf8.RuneCountInString(password); length < passwordLeast || len(password) > secretLimit {
		return fmt.Sprintf("must have at least %d characters, and at most %d bytes", passwordLeast, secretLimit)
	}
	return ""
}

func whyNoAccountName(name string) string {
	if name == "" || utf8.RuneCountInString(name) > nameLimit || strings.ContainsFunc(name, invisible) || strings.ContainsAny(name, "<>") {
		return fmt.Sprintf("must be one line of 1 to %d characters without < and >", nameLimit)
	}
	return ""
}

// listDeadLetters answers the events that nobody could take, with why.
func (a *api) listDeadLetters(c call) error {
	letters, err := c.record.DeadLetters(c.r.Context())
	if err != nil {
		return err
	}
	if letters == nil {
		letters = []persistclient.DeadLetter{}
	}
	function.WriteJSON(c.w, http.StatusOK, map[string]any{"items": letters})
	return nil
}

// replayDeadLetter gives one to the broker again. Twice is harmless: every handler is idempotent.
func (a *api) replayDeadLetter(c call) error {
	if err := c.record.ReplayDeadLetter(c.r.Context(), c.r.PathValue("id")); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
