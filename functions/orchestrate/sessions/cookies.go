package sessions

import (
	"net/http"
	"strings"
)

// Cookies are the names of one installation's Cookies. A browser keeps Cookies by host and not by port, so two
// installations on one host would overwrite each other's: each has a short name of the pages' address in its own. Over
// https the browser itself sees to it that no neighbouring host sets or reads them (__Host-, RFC 6265bis §4.1.3.2).
type Cookies struct {
	Refresh string
	Device  string
	secure  bool // whether the pages are served over https; localhost has none
}

func CookiesOf(public string) Cookies {
	c := Cookies{secure: strings.HasPrefix(public, "https://")}
	prefix := map[bool]string{true: "__Host-"}[c.secure]
	installation := digest(public)[:8]
	c.Refresh, c.Device = prefix+"paraphe-session-"+installation, prefix+"paraphe-device-"+installation
	return c
}

// With puts a cookie that no script can read; a negative age deletes it. Its path is / because pages and API may be served
// under different prefixes, and because __Host- asks for that.
func (c Cookies) set(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //#nosec G124 -- Secure is set wherever the pages have https; localhost has none
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure,
	})
}

// of returns the value of a cookie, or "" if there is none.
func (c Cookies) of(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}
