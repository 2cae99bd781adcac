package input

import (
	"slices"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
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
	n.Email, n.Name = wrong.Email("email", n.Email, fields.AccountEmailLimit), fields.Normalize(n.Name)
	wrong.Check("locale", fields.ValidateLocale(n.Locale))
	wrong.Check("name", fields.ValidateAccountName(n.Name))
	if !slices.Contains(AccountRoles, n.Role) {
		wrong.Add("role", "must be customer, manager or administrator")
	}
	wrong.Check("password", fields.ValidatePassword(n.Password))
	return wrong
}
