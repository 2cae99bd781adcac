package fakepersist

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func (s *Store) aboutAccounts() []question {
	return []question{
		{"POST /users/by-email", nil, orchestrate, s.byEmail},
		{"GET /users/{id}", accounts, orchestrate, s.user},
		{"GET /users", admins, nil, func(caller, *http.Request) any {
			all := []persistclient.User{}
			for _, u := range s.Users {
				all = append(all, withoutHash(u))
			}
			return all
		}},
		{"POST /users", admins, nil, s.addUser},
		{"POST /users/{id}/address", accounts, nil, s.proveAddress},
		{"PUT /users/{id}/password", nil, orchestrate, s.rehash},
		{"POST /identities", nil, orchestrate, s.identify},
	}
}

func withoutHash(u persistclient.User) persistclient.User {
	u.PasswordHash = ""
	return u
}

// Closed is what persist makes of an account that is disabled.
func Closed(u persistclient.User) persistclient.User {
	u.Disabled = true
	u.Epoch++
	return u
}

// at is the account with this address.
func (s *Store) at(email string) (persistclient.User, bool) {
	for _, u := range s.Users {
		if u.Email != "" && strings.EqualFold(u.Email, email) {
			return u, true
		}
	}
	return persistclient.User{}, false
}

func (s *Store) byEmail(_ caller, r *http.Request) any {
	in := read[struct{ Email, Source string }](r)
	checkSource(in.Source)
	if after := s.failing(in.Source); after > 0 {
		return wait{after, "there were too many attempts"}
	}
	u, there := s.at(in.Email)
	if !there {
		return notFound
	}
	if s.Closing {
		s.Users[u.ID] = Closed(u)
	}
	return u
}

func (s *Store) user(who caller, r *http.Request) any {
	u, there := s.Users[r.PathValue("id")]
	if !there || who.function == "" && who.Subject != u.ID && who.Role != auth.Administrator {
		return notFound
	}
	return withoutHash(u)
}

func newID() string { return strings.ToLower(rand.Text()) }

func (s *Store) addUser(_ caller, r *http.Request) any {
	u := read[persistclient.User](r)
	checkUser(u)
	if _, taken := s.at(u.Email); taken {
		return conflict
	}
	u.ID, u.EmailVerified, u.Epoch = newID(), false, 0
	s.Users[u.ID] = u
	return made{withoutHash(u)}
}

// proveAddress takes a link that was mailed to the account's address.
func (s *Store) proveAddress(who caller, r *http.Request) any {
	in := read[struct {
		Link         string `json:"link"`
		PasswordHash string `json:"password_hash"`
	}](r)
	var f fieldErrors
	f.check("link", digestForm.MatchString(in.Link))
	f.check("password_hash", isHash(in.PasswordHash))
	f.end()
	u := s.Users[who.Subject]
	link, mailed := s.Links[in.Link]
	if !mailed || r.PathValue("id") != u.ID || !s.linkIsOpen(link) || !strings.EqualFold(s.Contracts[link.Contract].PersonOf(link.Signer).Email, u.Email) {
		return notFound
	}
	u.PasswordHash, u.EmailVerified, u.Epoch = in.PasswordHash, true, u.Epoch+1
	s.Users[u.ID] = u
	s.endSessions(u.ID)
	return withoutHash(u)
}

func (s *Store) rehash(_ caller, r *http.Request) any {
	in := read[struct{ Was, Now string }](r)
	var f fieldErrors
	f.check("now", isHash(in.Now))
	f.end()
	if u, there := s.Users[r.PathValue("id")]; there && u.PasswordHash == in.Was {
		u.PasswordHash = in.Now
		s.Users[u.ID] = u
	}
	return nil
}

// identify returns the account of somebody from outside: the one that they had before, the one with their verified
// address, or a new one.
func (s *Store) identify(_ caller, r *http.Request) any {
	who := read[persistclient.Identity](r)
	checkIdentity(who)
	s.Identities = append(s.Identities, who)
	key := persistclient.Identity{Issuer: who.Issuer, Subject: who.Subject}
	u, known := s.Users[s.identities[key]]
	if !known {
		there := false
		if u, there = s.at(who.Email); !there {
			u = persistclient.User{ID: newID(), Email: who.Email, Name: who.Name, Role: who.Role, Locale: who.Locale}
		}
		for other, account := range s.identities {
			if account == u.ID && other.Issuer == who.Issuer {
				return conflict
			}
		}
		s.identities[key] = u.ID
	} else if u.PasswordHash == "" { // its issuer says what it is
		u.Role = who.Role
		if _, taken := s.at(who.Email); u.Email == "" && !taken {
			u.Email = who.Email
		}
	}
	if !u.EmailVerified && u.Email != "" && strings.EqualFold(u.Email, who.Email) {
		if u.EmailVerified = true; u.PasswordHash != "" { // it was given by somebody else
			u.PasswordHash, u.Epoch = auth.NoPassword, u.Epoch+1
			s.endSessions(u.ID)
		}
	}
	s.Users[u.ID] = u
	return withoutHash(u)
}

// Know has somebody from outside have this account.
func (s *Store) Know(issuer, subject, user string) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	s.identities[persistclient.Identity{Issuer: issuer, Subject: subject}] = user
}
