package api

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the machine may have no time zones of its own
	"unicode"
	"unicode/utf8"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// Patterns of the API's own description.
var (
	externalIDForm = regexp.MustCompile(`^[\w\-@.%+]+$`)
	personForm     = regexp.MustCompile(`^[\p{Latin}0-9 '()\-]+$`)
	phoneForm      = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
)

// Values of the API's enumerations. The two lists of languages differ, in the real service too.
var (
	deliveryModes = []string{"none", "email"}
	proofLocales  = []string{"de", "en", "es", "fr", "it", "pt", "ro"}
	signerLocales = []string{"en", "fr", "de", "it", "nl", "es", "pl"}
	levels        = []string{"electronic_signature", "advanced_electronic_signature", "qualified_electronic_signature"}
	modes         = []string{model.ModeSMS, "otp_email", model.ModeNone}
	reminderDays  = []int{1, 2, 7, 14}
	cancelReasons = []string{"contractualization_aborted", "errors_in_document", "other"}
)

func oneOf(v *wire.Invalid, name, value string, of []string) {
	v.Must(slices.Contains(of, value), name, "The value must be one of: %s.", strings.Join(of, ", "))
}

func checkName(v *wire.Invalid, name, value string) {
	n := utf8.RuneCountInString(value)
	v.Must(n >= 1 && n <= 128, name, "It must have 1 to 128 characters.")
	v.Must(safe(value), name, "It must not hold HTML or control characters.")
}

// safe reports whether text is what the API calls a safe string.
func safe(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsAny(text, "<>") && !strings.ContainsFunc(text, unicode.IsControl)
}

func checkExternalID(v *wire.Invalid, id *string) {
	if id != nil {
		v.Must(len(*id) <= 255, "external_id", "It must have at most 255 characters.")
		v.Must(externalIDForm.MatchString(*id), "external_id", `It must match ^[\w\-@.%%+]+$.`)
	}
}

func checkReminders(v *wire.Invalid, r *model.Reminders) {
	if r != nil {
		v.Must(slices.Contains(reminderDays, r.IntervalInDays), "reminder_settings.interval_in_days", "The value must be one of: 1, 2, 7, 14.")
		v.Must(r.MaxOccurrences >= 1 && r.MaxOccurrences <= 10, "reminder_settings.max_occurrences", "The value must be from 1 to 10.")
	}
}

// expiry turns the day of a request into the last moment of it, as the service does: 23:59 of the request's zone.
func expiry(v *wire.Invalid, day, zone string, now time.Time) time.Time {
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		v.Add("timezone", "This is no name of the tz database.")
		return time.Time{}
	}
	if day == "" {
		day = now.In(location).AddDate(0, 6, 0).Format(time.DateOnly)
	}
	date, err := time.ParseInLocation(time.DateOnly, day, location)
	if err != nil {
		v.Add("expiration_date", "It must be a date as yyyy-mm-dd.")
		return time.Time{}
	}
	end := time.Date(date.Year(), date.Month(), date.Day(), 23, 59, 0, 0, location)
	v.Must(end.After(now), "expiration_date", "It must not be in the past.")
	v.Must(!end.After(now.AddDate(1, 0, 1)), "expiration_date", "It must be within a year.")
	return end.UTC()
}

// checkPerson is as strict as the real service about names: no dots, no other scripts, no emoji.
func checkPerson(v *wire.Invalid, p model.Person) {
	for name, value := range map[string]string{"info.first_name": p.FirstName, "info.last_name": p.LastName} {
		n := utf8.RuneCountInString(value)
		v.Must(n >= 1 && n <= 255, name, "It must have 1 to 255 characters.")
		v.Must(n == 0 || personForm.MatchString(value), name, "It may hold Latin letters, digits, spaces and '()- only.")
	}
	address, err := mail.ParseAddress(p.Email)
	v.Must(err == nil && address.Address == p.Email && len(p.Email) <= 100, "info.email", "It must be an e-mail address of at most 100 characters.")
	oneOf(v, "info.locale", p.Locale, signerLocales)
	if p.PhoneNumber != nil {
		v.Must(phoneForm.MatchString(*p.PhoneNumber), "info.phone_number", "It must be a phone number in E.164 form.")
	}
}

// checkMode applies the table of levels and ways to authenticate.
func checkMode(v *wire.Invalid, level string, mode *string, phone *string) error {
	const name = "signature_authentication_mode"
	oneOf(v, "signature_level", level, levels)
	if mode != nil {
		oneOf(v, name, *mode, modes)
	}
	if level == "qualified_electronic_signature" || (mode != nil && *mode == "otp_email") {
		return wire.BadState("configuration.not_enabled", "This stand-in signs with otp_sms or no_otp, simple or advanced.")
	}
	v.Must(mode != nil, name, "This value must not be null for this signature level.")
	if level == "advanced_electronic_signature" {
		v.Must(mode != nil && *mode == model.ModeSMS, name, "An advanced signature needs otp_sms.")
	}
	if mode != nil && *mode == model.ModeSMS {
		v.Must(phone != nil, "info.phone_number", "A phone number is needed for otp_sms.")
		v.Must(phone == nil || !strings.HasPrefix(*phone, "+86"), "info.phone_number", "No SMS can be sent to this country.")
	}
	return nil
}

// checkRedirects takes http as well as https: on one machine there are no certificates.
func checkRedirects(v *wire.Invalid, r model.Redirects) {
	for name, address := range map[string]*string{"success": r.Success, "error": r.Error, "decline": r.Decline} {
		if address == nil {
			continue
		}
		u, err := url.Parse(*address)
		good := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
		v.Must(good, "redirect_urls."+name, "It must be an absolute address.")
	}
}

func checkFields(v *wire.Invalid, r *model.Request, fields []model.Field) {
	for _, f := range fields {
		d := r.Document(f.DocumentID)
		v.Must(d != nil && d.Nature == model.NatureSignable, "fields.document_id", "There is no such signable document.")
		v.Must(f.Type == "signature", "fields.type", "This stand-in knows signature fields only.")
		v.Must(f.Page >= 1 && (d == nil || f.Page <= d.Pages), "fields.page", "There is no such page.")
		v.Must(f.X >= 0 && f.X <= 32767 && f.Y >= 0 && f.Y <= 32767, "fields.x", "It must be from 0 to 32767.")
		v.Must(f.Width >= minWidth && f.Width <= maxWidth, "fields.width", "It must be from 85 to 2000.")
		v.Must(f.Height >= minHeight && f.Height <= maxHeight, "fields.height", "It must be from 37 to 1000.")
	}
}
