package check

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// fakeFiles is a signature service that has these requests, two on a page.
type fakeFiles []signing.Listed

func (s fakeFiles) List(_ context.Context, cursor string) ([]signing.Listed, string, error) {
	if cursor != "" {
		return s[min(2, len(s)):], "", nil
	}
	return s[:min(2, len(s))], "more", nil
}

func listed(id, externalID string, state events.SignatureState) signing.Listed {
	return signing.Listed{ID: id, ExternalID: externalID, State: state, Status: "in its words", Created: noon}
}

func TestSignatureRequestsAreComparedWithTheAttempts(t *testing.T) {
	t.Parallel()
	long := Bounds{Grace: time.Millisecond}
	ongoing := events.SignatureOngoing
	for name, row := range map[string]struct {
		files  fakeFiles
		change func(*dossier)
		bounds Bounds
		want   string // in the findings; "" for none
	}{
		"as the record says":         {fakeFiles{listed("r", "p1.token", ongoing)}, nil, long, ""},
		"others' and drafts beside":  {fakeFiles{listed("x", "theirs", ongoing), listed("y", "", ongoing), listed("r", "p1.token", ongoing), listed("z", "p1.lost", "")}, nil, long, ""},
		"of no attempt":              {fakeFiles{listed("r", "p1.token", ongoing), listed("s", "p1.lost", ongoing)}, nil, long, "the request s of 2026-11-24"},
		"of no attempt, on page two": {fakeFiles{listed("r", "p1.token", ongoing), listed("x", "theirs", ongoing), listed("s", "p1.lost", ongoing)}, nil, long, "the request s of 2026-11-24"},
		"another one of the attempt": {fakeFiles{listed("r", "p1.token", ongoing), listed("s", "p1.token", ongoing)}, nil, long, "2 open requests"},
		"not the one on record":      {fakeFiles{listed("s", "p1.token", ongoing)}, nil, long, "another request open"},
		"open, though ended here":    {fakeFiles{listed("r", "p1.token", ongoing)}, closed, long, "attempt 1 is closed on record"},
		"ended, though open here":    {fakeFiles{listed("r", "p1.token", events.SignatureDone)}, nil, long, "at the service it is in its words"},
		"gone, though open here":     {nil, nil, long, "at the service it is not listed"},
		"ended a moment ago":         {fakeFiles{listed("r", "p1.token", events.SignatureDone)}, nil, Usual, ""},
		"ended, and ended here":      {fakeFiles{listed("r", "p1.token", events.SignatureCancelled)}, closed, long, ""},
		"still being handed over":    {nil, func(d *dossier) { d.attempts[0].state, d.attempts[0].request = "opening", "" }, long, ""},
	} {
		d := sound()
		if row.change != nil {
			row.change(&d)
		}
		s, err := listRequests(t.Context(), Sources{Service: row.files})
		if err != nil {
			t.Fatal(err)
		}
		found := append(s.compare(d, row.bounds), strays(t, s)...)
		if row.want == "" && len(found) > 0 || row.want != "" && (len(found) != 1 || !strings.Contains(found[0].What, row.want)) {
			t.Errorf("%s: %v, want %q", name, found, row.want)
		}
	}
}

func closed(d *dossier) { d.attempts[0].state, d.attempts[0].unsettled = "closed", false }

func TestWithoutAKeyTheSignatureServiceIsNotChecked(t *testing.T) {
	t.Parallel()
	s, err := listRequests(t.Context(), Sources{})
	if found := s.compare(sound(), Bounds{}); err != nil || len(found) > 0 || len(strays(t, s)) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestForeignSignatureRequestsAreIgnored(t *testing.T) {
	t.Parallel()
	from := Sources{Service: fakeFiles{listed("s", "p1.lost", events.SignatureOngoing)}, Ours: func(string) bool { return false }}
	s, err := listRequests(t.Context(), from)
	if found := strays(t, s); err != nil || len(found) > 0 {
		t.Errorf("another installation's is called a stray: %v, %v", found, err)
	}
}

// post is a mail service that took these notifications, by key.
type post map[string]int

func (p post) Count(_ context.Context, _ contract.ID, notification *contract.Notification) (int, error) {
	if p == nil {
		return 0, errors.New("the search is not part of the account")
	}
	if notification != nil {
		return p[notification.Key()], nil
	}
	all := 0
	for _, n := range p {
		all += n
	}
	return all, nil
}

func TestEmailsAreComparedWithTheMailService(t *testing.T) {
	t.Parallel()
	unclear := func(d *dossier) {
		d.contract.Notifications[0].SentAt, d.contract.Notifications[0].UnclearSince = time.Time{}, noon
	}
	for name, row := range map[string]struct {
		took   post
		change func(*dossier)
		want   string
	}{
		"each once":                {post{invitation: 1}, nil, ""},
		"two copies":               {post{invitation: 2}, nil, "2 copies of the notification invitation/1/ana"},
		"two, and a person asked":  {post{invitation: 2}, again, ""},
		"one that nobody knows of": {post{invitation: 1, "reminder/1/ana": 1}, nil, "1 notifications about it that are not on record"},
		"sent, and not found":      {post{}, nil, "does not find it"},
		"taken, not on record":     {post{invitation: 1}, func(d *dossier) { d.contract.Notifications[0].SentAt = time.Time{} }, "is not on record as sent"},
		"unclear, and taken":       {post{invitation: 1}, unclear, ""},
		"unclear, and not taken":   {post{}, unclear, ""},
	} {
		d := sound()
		if row.change != nil {
			row.change(&d)
		}
		found, _, err := countNotifications(t.Context(), row.took, d)
		if err != nil || row.want == "" && len(found) > 0 || row.want != "" && (len(found) != 1 || !strings.Contains(found[0].What, row.want)) {
			t.Errorf("%s: %v, %v, want %q", name, found, err, row.want)
		}
	}
	if _, _, err := countNotifications(t.Context(), post(nil), sound()); err == nil {
		t.Error("a search that does not answer is taken for none")
	}
}

func again(d *dossier) {
	withHistory(d, append(usualHistory[:5:5], entry{"person:p", "action.send_again", `{"about":"mail/invitation/1/ana","status":"sent"}`})...)
}

func strays(t *testing.T, s *requests) []Finding {
	t.Helper()
	found, err := s.strays(t.Context(), Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
