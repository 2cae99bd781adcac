package persist

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
)

func TestSettingsThatAreMalformedSaySoWithoutShowingThem(t *testing.T) {
	t.Parallel()
	for name, decode := range map[string]func(string) error{
		"://user:secret@":                                new(dsn.URL).Decode,
		"postgres://u:secret@h:port/db":                  new(dsn.URL).Decode,
		"admin@example.org:secret":                       new(firstAdministrator).Decode,
		"secret:" + accounts.HashPrefix + "v=19$m=1$x$y": new(firstAdministrator).Decode,
		"secret@localhost:" + accounts.HashPrefix + "v=": new(firstAdministrator).Decode,
		"secret":         new(lookEvery).Decode,
		"59m":            new(lifetime).Decode,
		"301s":           new(reuseInterval).Decode,
		"20":             new(reuseInterval).Decode,
		"8760":           new(lifetime).Decode,
		"1ms":            new(lookEvery).Decode,
		"secret session": new(postgres.Pooler).Decode,
	} {
		if err := decode(name); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSettingsThatAreRightAreRead(t *testing.T) {
	t.Parallel()
	var a firstAdministrator
	if err := a.Decode("admin@example.org:" + accounts.HashPrefix + "v=19$x"); err != nil || a.Email != "admin@example.org" || a.PasswordHash != accounts.HashPrefix+"v=19$x" {
		t.Errorf("%+v, %v", a, err)
	}
	for value, want := range map[string]postgres.Pooler{"": postgres.AnyPooler, "auto": postgres.AnyPooler, "transaction": postgres.TransactionPooler, "none": postgres.NoPooler} {
		var p postgres.Pooler
		if err := p.Decode(value); err != nil || p != want {
			t.Errorf("%q is %q, %v", value, p, err)
		}
	}
	for address, want := range map[string]int32{
		"postgres://u:p@h/db":                  dsn.MaxConns,
		"postgres://u:p@h/db?pool_max_conns=3": 3,
		"host=h user=u dbname=d":               dsn.MaxConns,
	} {
		var u dsn.URL
		if err := u.Decode(address); err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if c, err := u.Pool(); err != nil || c.MaxConns != want {
			t.Errorf("%s: %+v, %v", address, c, err)
		}
	}
}
