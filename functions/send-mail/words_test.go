package sendmail

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

func TestEveryNotificationIsWrittenInEveryLanguageAndKnowsItsSections(t *testing.T) {
	t.Parallel()
	w := exampleWriter(t)
	known := map[string]bool{}
	for _, l := range everyNotification {
		for code := range languages {
			known[string(l.name)+"/signer."+code] = true
			if l.owner {
				known[string(l.name)+"/owner."+code] = true
			}
		}
	}
	for key, parsed := range w.notifications {
		l := parsed()
		if !known[key] {
			t.Errorf("nobody orders the notification %s", key)
		}
		delete(known, key)
		for _, section := range []string{"subject", "heading", "hello", "lead", "facts", "next", "why", "fallback"} {
			if l.sections.Lookup(section) == nil {
				t.Errorf("the notification %s has no section %q", key, section)
			}
		}
	}
	for key := range known {
		t.Errorf("the notification %s is not written", key)
	}
}

func TestANotificationIsInTheLanguageOfItsReaderElseOfTheContractElseInEnglish(t *testing.T) {
	t.Parallel()
	w := exampleWriter(t)
	cases := map[string][]string{"fr": {"fr", "en"}, "en": {"en", "fr"}}
	for want, wanted := range cases {
		if l, found := w.notifications.find(invitation, wanted...); !found || l.language.code != want {
			t.Errorf("for %v: %s", wanted, l.language.code)
		}
	}
	if l, found := w.notifications.find(invitation, "cs", "fr"); !found || l.language.code != "fr" {
		t.Errorf("for a Czech with a French contract: %s", l.language.code)
	}
	if l, found := w.notifications.find(invitation, "cs", ""); !found || l.language.code != "en" {
		t.Errorf("for a Czech: %s", l.language.code)
	}
	if _, found := w.notifications.find(events.SendMail{Kind: contract.Invitation, Recipient: contract.ToOwner}, "en"); found {
		t.Error("there is an invitation for the owner")
	}
	if _, found := w.notifications.find(events.SendMail{Kind: "../words", Recipient: "s1"}, "en"); found {
		t.Error("a notification was found outside the notifications")
	}
}

var tag = regexp.MustCompile(`(?s)<style>.*</style>|<title>.*</title>|<div style="display:none.*?</div>|<[^>]*>`)

// words are the words of a text, in order of the alphabet of none: only which they are counts.
func words(s string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")) {
		all[strings.TrimRight(w, ":")] = true
	}
	return all
}

func TestTextAndHTMLHaveTheSameContent(t *testing.T) {
	t.Parallel()
	w := exampleWriter(t)
	for _, l := range everyNotification {
		order := events.SendMail{Kind: l.name, Sequence: 1, Recipient: "s1"}
		_, plain, markup := written(t, w, order, exampleClaim(order, l.status, "fr"), nil)
		inText, inHTML := words(plain), words(html.UnescapeString(tag.ReplaceAllString(markup, " ")))
		for word := range inHTML {
			if !inText[word] && !strings.HasPrefix(word, "Si") && !strings.Contains(" le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur ", " "+word+" ") {
				t.Errorf("%s: only the HTML says %q", l.name, word)
			}
		}
		for word := range inText {
			if !inHTML[word] && word != "--" {
				t.Errorf("%s: only the text says %q", l.name, word)
			}
		}
	}
}

func TestWhatPeopleWroteIsNoMarkup(t *testing.T) {
	t.Parallel()
	w := exampleWriter(t)
	c := exampleClaim(invitation, contract.Sent, "en")
	c.View.Title, c.View.OwnerName, c.Contact.LastName = `<img src=x onerror=alert(1)>`, `"><script>alert(2)</script>`, "</style>{{.Link}}"
	_, _, markup := written(t, w, invitation, c, nil)
	for _, bad := range []string{"<img", "<script", "</style>{{"} {
		if strings.Contains(markup, bad) {
			t.Errorf("the notification has %s in it", bad)
		}
	}
}

func TestANotificationLoadsNothingAndLeadsOnlyToItsLink(t *testing.T) {
	t.Parallel()
	_, _, markup := written(t, exampleWriter(t), invitation, exampleClaim(invitation, contract.Sent, "fr"), nil)
	for _, bad := range []string{"src=", "url(", "@import", "<link", "<script", "<form"} {
		if strings.Contains(markup, bad) {
			t.Errorf("the notification has %q in it", bad)
		}
	}
	if n := strings.Count(markup, `href="https://sign.example.org/sign#`); n != 2 || strings.Count(markup, "href=") != n {
		t.Errorf("%d links to the contract, %d in all; want 2 and 2", n, strings.Count(markup, "href="))
	}
}

func TestADeadlineIsInTheWordsOfTheLanguage(t *testing.T) {
	t.Parallel()
	cases := []struct {
		at     time.Time
		en, fr string
	}{
		{time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), "Thursday 31 December 2026", "jeudi 31 décembre 2026"},
		{time.Date(2027, 1, 1, 23, 59, 0, 0, time.UTC), "Friday 1 January 2027", "vendredi 1er janvier 2027"},
		{time.Date(2026, 8, 2, 9, 5, 0, 0, time.UTC), "Sunday 2 August 2026 at 09:05 UTC", "dimanche 2 août 2026 à 09:05 UTC"},
		{time.Date(2026, 8, 2, 1, 0, 0, 0, time.FixedZone("", 7200)), "Saturday 1 August 2026 at 23:00 UTC", "samedi 1er août 2026 à 23:00 UTC"},
		{time.Time{}, "", ""},
	}
	for _, c := range cases {
		if en, fr := languages["en"].deadline(c.at), languages["fr"].deadline(c.at); en != c.en || fr != c.fr {
			t.Errorf("%s is %q and %q, want %q and %q", c.at, en, fr, c.en, c.fr)
		}
	}
}

func TestNamesAreListedAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{"": nil, "A": {"A"}, "A et B": {"A", "B"}, "A, B et C": {"A", "B", "C"}} {
		if got := languages["fr"].list(names); got != want {
			t.Errorf("%v is %q, want %q", names, got, want)
		}
	}
}

func TestADocumentIsNamedAfterItsContract(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"Website & shop":             "Website shop - signed.pdf",
		"../../etc/passwd":           "etc passwd - signed.pdf",
		`a\b:c*d?e"f<g>h|i`:          "a b c d e f g h i - signed.pdf",
		"Été à Øster—Žižkov":         "Été à Øster Žižkov - signed.pdf",
		"a\r\nContent-Type: x; y, z": "a Content-Type x y z - signed.pdf",
		"…":                          "signed.pdf",
		"":                           "signed.pdf",
		strings.Repeat("é", 300):     strings.Repeat("é", 50) + " - signed.pdf",
		"-rf .hidden ":               "rf .hidden - signed.pdf",
	}
	for title, want := range cases {
		got := fileName(title, "signed")
		if got != want || len(got) > 255 {
			t.Errorf("%q is named %q, want %q", title, got, want)
		}
	}
}

func FuzzOneLineIsOneLine(f *testing.F) {
	for _, evil := range hostile {
		f.Add(evil)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := transport.OneLine(s, transport.NameLimit)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\x00\v\f\u0085\u2028\u2029") || utf8.RuneCountInString(got) > transport.NameLimit {
			t.Errorf("%q became %q", s, got)
		}
		if strings.ContainsAny(transport.DisplayName(s), "<>,;:@\"\\") {
			t.Errorf("%q became the name %q", s, transport.DisplayName(s))
		}
	})
}
