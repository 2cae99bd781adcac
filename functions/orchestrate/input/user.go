package input

import (
	"slices"

	"github.com/paraphe/paraphe/shared/auth"
)

// AccountRoles are the roles that an account may have.
var AccountRoles = []auth.Role{auth.Customer, auth.Manager, auth.Administrator}

// User is what an administrator sends to make an account.
type User struct {
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     auth.Role `json:"role"`
	Password string    `json:"password"`
	Locale   string    `json:"locale"`
}

// Check says what is wrong with each field, and brings the others into the form in which they are kept.
func (n *User) Check() FieldErrors {
	var wrong FieldErrors
	n.Email, n.Name = wrong.Email("email", n.Email, accountEmailLimit), Normalize(n.Name)
	wrong.Add("locale", checkLocale(n.Locale))
	wrong.Add("name", CheckAccountName(n.Name))
	if !slices.Contains(AccountRoles, n.Role) {
		wrong.Add("role", "must be customer, manager or administrator")
	}
	wrong.Add("password", CheckPassword(n.Password))
	return wrong
}
