package testkit

import (
	"sync"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
)

// Noon is when these tests begin.
var Noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// Password is marie's.
const Password = "correct horse battery"

// PasswordHash is made once: it takes long on purpose.
var PasswordHash = sync.OnceValue(func() string { return auth.HashPassword(Password) })

// What logs marie in, and what does not.
const (
	RightLogin = `{"email":"marie@paraphe.example","password":"` + Password + `"}`
	WrongLogin = `{"email":"marie@paraphe.example","password":"wrong"}`
)
