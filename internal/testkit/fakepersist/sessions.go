package fakepersist

import (
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sessionOver is the answer to whoever cannot go on.
var sessionOver = function.Problem{Status: http.StatusForbidden, Detail: "The session is over."}

// usedRefresh is when a refresh token was used, and by which one it was followed.
type usedRefresh struct {
	at time.Time
	by string
}

func (s *Store) aboutSessions() []question {
	return []question{
		{"POST /sessions", nil, orchestrate, s.startSession},
		{"POST /sessions/rotate", nil, orchestrate, s.rotate},
		{"POST /sessions/end", nil, orchestrate, s.endSession},
		{"POST /links/open", nil, orchestrate, s.openLink},
	}
}

func (s *Store) startSession(_ caller, r *http.Request) any {
	in := read[persistclient.Session](r)
	checkSession("", in, s.now())
	delete(s.Failures, in.Source)
	if replaced, found := s.Refresh[in.Replaces]; found {
		s.endFamily(replaced.Family)
	}
	if u, there := s.Users[in.User]; !there || u.Disabled || u.Epoch != in.Epoch {
		return sessionOver
	}
	s.Refresh[in.Digest] = in
	return nil
}

// rotate replaces a refresh token. One that was used a moment ago leads to its successors; one that was used before ends
// all that came from its log-in.
func (s *Store) rotate(_ caller, r *http.Request) any {
	in := read[struct {
		Old, Source string
		Next        persistclient.Session
	}](r)
	checkSession("next.", in.Next, s.now())
	checkSource(in.Source)
	old, known := s.Refresh[in.Old]
	u := s.Users[old.User]
	switch used := s.used[in.Old]; {
	case !known:
		if after := s.failing(in.Source); after > 0 {
			return wait{after, "there were too many attempts"}
		}
		return sessionOver
	case u.Disabled, !old.ExpiresAt.After(s.now()):
		return sessionOver
	case used.by == "":
		s.used[in.Old] = usedRefresh{s.now(), in.Next.Digest}
		in.Next.User, in.Next.Family = old.User, old.Family
		s.Refresh[in.Next.Digest] = in.Next
	case s.now().Sub(used.at) >= s.ReuseInterval:
		s.endFamily(old.Family)
		return sessionOver
	}
	renewed := persistclient.Renewal{User: withoutHash(u)}
	for by := s.used[in.Old].by; by != ""; by = s.used[by].by {
		renewed.Digests = append(renewed.Digests, by)
	}
	return renewed
}

func (s *Store) endSession(_ caller, r *http.Request) any {
	in := read[struct{ Digest, User string }](r)
	one, found := s.Refresh[in.Digest]
	if found && in.User != "" && one.User != in.User {
		return forbidden
	}
	if found {
		s.endFamily(one.Family)
	}
	return nil
}

func (s *Store) endFamily(family string) {
	for digest, one := range s.Refresh {
		if one.Family == family {
			delete(s.Refresh, digest)
		}
	}
}

func (s *Store) endSessions(user string) {
	for digest, one := range s.Refresh {
		if one.User == user {
			delete(s.Refresh, digest)
		}
	}
}

func (s *Store) openLink(_ caller, r *http.Request) any {
	in := read[struct{ Digest, Source string }](r)
	checkSource(in.Source)
	link, found := s.Links[in.Digest]
	if !found {
		if after := s.failing(in.Source); after > 0 {
			return wait{after, "there were too many attempts"}
		}
	}
	if !found || !s.linkIsOpen(link) {
		return notFound
	}
	return link
}

// failed is how often a source failed, and until when it has to wait.
type failed struct {
	times int
	until time.Time
}

// failing counts a failure of a source, or returns how long it has to wait.
func (s *Store) failing(source string) time.Duration {
	if source == "" {
		return 0
	}
	f := s.Failures[source]
	if after := f.until.Sub(s.now()); after > 0 {
		return after
	}
	if f.times++; f.times > 4 {
		f.until = s.now().Add(time.Second << min(f.times-5, 9))
	}
	s.Failures[source] = f
	return 0
}
