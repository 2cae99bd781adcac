package sendmail

import (
	"fmt"
	"strings"
	"time"
)

// language is how dates, lists and names of things are written in one language. The notifications themselves are in
// notifications/.
type language struct {
	code          string // ISO 639-1
	days          [7]string
	months        [12]string
	date          func(day string, n int, month string, year int) string
	at            string // before a time of day
	and           string
	colon         string // with the space before it that French has
	signed, proof string // what attached documents are called
}

var languages = map[string]language{
	"en": {
		code:   "en",
		days:   [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		date: func(day string, n int, month string, year int) string {
			return fmt.Sprintf("%s %d %s %d", day, n, month, year)
		},
		at: "at", and: "and", colon: ":", signed: "signed", proof: "proof of signature",
	},
	"fr": {
		code:   "fr",
		days:   [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		date: func(day string, n int, month string, year int) string {
			if n == 1 {
				return fmt.Sprintf("%s 1er %s %d", day, month, year)
			}
			return fmt.Sprintf("%s %d %s %d", day, n, month, year)
		},
		at: "à", and: "et", colon: "\u00a0:", signed: "signé", proof: "dossier de preuve",
	},
}

// fallback is the language of notifications to people whose own has none.
const fallback = "en"

// deadline says in words until when: the day, and the time unless that is the end of the day. Times are in UTC,
// which is said.
func (l language) deadline(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	words := l.date(l.days[t.Weekday()], t.Day(), l.months[t.Month()-1], t.Year())
	if t.Hour() == 23 && t.Minute() == 59 {
		return words
	}
	return fmt.Sprintf("%s %s %02d:%02d UTC", words, l.at, t.Hour(), t.Minute())
}

// list joins names: "A", "A and B", "A, B and C".
func (l language) list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + l.and + " " + names[last]
}
