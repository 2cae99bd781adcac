package sessions

import (
	"strings"
	"testing"
)

func TestCookiesAreNamedAfterTheirInstallation(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, public := range []string{"https://a.example", "https://b.example", "https://a.example:8443", "https://a.example/paraphe", "http://localhost:8080", "http://localhost:8180"} {
		c := CookiesOf(public)
		for _, name := range []string{c.Refresh, c.Device} {
			if other, twice := seen[name]; twice {
				t.Errorf("%s and %s have a cookie %s", public, other, name)
			}
			seen[name] = public
			if locked := strings.HasPrefix(name, "__Host-"); locked != strings.HasPrefix(public, "https://") || locked != c.secure {
				t.Errorf("%s has a cookie %s, secure %t", public, name, c.secure)
			}
		}
	}
}
