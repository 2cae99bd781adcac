package fakepersist

import (
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func (l *Store) peopleQuestions(ask asking) {
	ask("POST /users/by-email", func(who caller, r *http.Request) (any, int) {
		var in struct{ Email, Source string }
		decode(r, &in)
		if wait := l.failing(in.Source); wait > 0 {
			return wait, http.StatusTooManyRequests
		}
		for _, u := range l.Users {
			if u.Email == in.Email && who.function == "orchestrate" {
				if l.Closing {
					l.Users[u.ID] = Closed(u)
				}
				return u, http.StatusOK
			}
		}
		return nil, http.StatusNotFound
	})
	ask("GET /users/{id}", func(who caller, r *http.Request) (any, int) {
		u, found := l.Users[r.PathValue("id")]
		if !found || who.Subject != u.ID && who.Role != auth.Administrator {
			return nil, http.StatusNotFound
		}
		u.PasswordHash = ""
		return u, http.StatusOK
	})
	ask("GET /users", func(caller, *http.Request) (any, int) {
		all := []persistclient.User{}
		for _, u := range l.Users {
			all = append(all, u)
		}
		return all, http.StatusOK
	})
	ask("POST /users", func(who caller, r *http.Request) (any, int) {
		var u persistclient.User
		decode(r, &u)
		for _, other := range l.Users {
			if other.Email == u.Email {
				return nil, http.StatusConflict
			}
		}
		l.Users[u.ID] = u
		return u, http.StatusOK
	})
	ask("POST /users/{id}/address", func(who caller, r *http.Request) (any, int) {
		in := map[string]string{}
		decode(r, &in)
		u := l.Users[who.Subject]
		link, mailed := l.Links[in["link"]]
		if !mailed || r.PathValue("id") != u.ID || l.Contracts[link.Contract].PersonOf(link.Signer).Email != u.Email {
			return nil, http.StatusNotFound
		}
		u.PasswordHash, u.EmailVerified, u.Epoch = in["password_hash"], true, u.Epoch+1
		l.Users[u.ID] = u
		u.PasswordHash = ""
		return u, http.StatusOK
	})
	ask("PUT /users/{id}/password", func(who caller, r *http.Request) (any, int) {
		var in struct{ Was, Now string }
		decode(r, &in)
		if u := l.Users[r.PathValue("id")]; u.PasswordHash == in.Was && who.function == "orchestrate" {
			u.PasswordHash = in.Now
			l.Users[u.ID] = u
		}
		return nil, http.StatusOK
	})
	ask("POST /identities", func(who caller, r *http.Request) (any, int) {
		var in persistclient.Identity
		decode(r, &in)
		l.Identities = append(l.Identities, in)
		for _, u := range l.Users {
			if u.ID == in.Subject || u.Email == in.Email && in.Email != "" {
				return u, map[bool]int{true: http.StatusConflict, false: http.StatusOK}[u.ID != in.Subject]
			}
		}
		return persistclient.User{ID: in.Subject, Name: in.Name, Email: in.Email, Role: in.Role, Locale: in.Locale}, http.StatusOK
	})
	ask("POST /sessions", func(who caller, r *http.Request) (any, int) {
		var s persistclient.Session
		decode(r, &s)
		delete(l.Failures, s.Source)
		if replaced, found := l.Refresh[s.Replaces]; found {
			l.endFamily(replaced.Family)
		}
		if u := l.Users[s.User]; u.Disabled || u.Epoch != s.Epoch {
			return nil, http.StatusForbidden
		}
		l.Refresh[s.Digest] = s
		return nil, http.StatusOK
	})
	ask("POST /sessions/rotate", func(who caller, r *http.Request) (any, int) {
		var in struct {
			Old, Source string
			Next        persistclient.Session
		}
		decode(r, &in)
		old, known := l.Refresh[in.Old]
		used := l.used[in.Old]
		switch {
		case !known:
			if wait := l.failing(in.Source); wait > 0 {
				return wait, http.StatusTooManyRequests
			}
			return nil, http.StatusForbidden
		case used.by == "":
			l.used[in.Old] = usedRefresh{l.now(), in.Next.Digest}
			in.Next.User, in.Next.Family = old.User, old.Family
			l.Refresh[in.Next.Digest] = in.Next
		case l.now().Sub(used.at) >= 20*time.Second:
			l.endFamily(old.Family)
			return nil, http.StatusForbidden
		}
		renewed := persistclient.Renewal{User: l.Users[old.User]}
		for by := l.used[in.Old].by; by != ""; by = l.used[by].by {
			renewed.Digests = append(renewed.Digests, by)
		}
		return renewed, http.StatusOK
	})
	ask("POST /sessions/end", func(who caller, r *http.Request) (any, int) {
		var in struct{ Digest, User string }
		decode(r, &in)
		if in.User != "" && l.Refresh[in.Digest].User != in.User {
			return nil, http.StatusForbidden
		}
		l.endFamily(l.Refresh[in.Digest].Family)
		return nil, http.StatusOK
	})
	ask("POST /links/open", func(who caller, r *http.Request) (any, int) {
		var in struct{ Digest, Source string }
		decode(r, &in)
		link, found := l.Links[in.Digest]
		if !found {
			if wait := l.failing(in.Source); wait > 0 {
				return wait, http.StatusTooManyRequests
			}
			return nil, http.StatusNotFound
		}
		return link, http.StatusOK
	})
	ask("GET /dead-letters", func(caller, *http.Request) (any, int) {
		return []persistclient.DeadLetter{{ID: "d1", Type: "dev.paraphe.mail.send"}}, http.StatusOK
	})
	ask("POST /dead-letters/{id}/replay", func(_ caller, r *http.Request) (any, int) {
		if r.PathValue("id") != "d1" {
			return nil, http.StatusNotFound
		}
		return nil, http.StatusOK
	})
}

// Closed is what persist makes of an account that is disabled.
func Closed(u persistclient.User) persistclient.User {
	u.Disabled = true
	u.Epoch++
	return u
}

// usedRefresh is when a refresh token was used, and by which one it was followed.
type usedRefresh struct {
	at time.Time
	by string
}

// failed is how often a source failed, and until when it has to wait.
type failed struct {
	times int
	until time.Time
}

// failing counts a failure of a source, or returns how long it has to wait.
func (l *Store) failing(source string) time.Duration {
	if source == "" {
		return 0
	}
	f := l.Failures[source]
	if wait := f.until.Sub(l.now()); wait > 0 {
		return wait
	}
	if f.times++; f.times > 4 {
		f.until = l.now().Add(time.Second << min(f.times-5, 9))
	}
	l.Failures[source] = f
	return 0
}

func (l *Store) endFamily(family string) {
	for digest, s := range l.Refresh {
		if s.Family == family {
			delete(l.Refresh, digest)
		}
	}
}
