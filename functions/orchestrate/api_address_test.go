package orchestrate

import (
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/shared/function"
)

func TestALogInIsCountedByWhereItComesFrom(t *testing.T) {
	t.Parallel()
	var ours function.Networks
	if err := ours.Decode("127.0.0.0/8,10.0.0.0/8"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ peer, chain, want string }{
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"}, {"127.0.0.1:1", "198.51.100.1", "198.51.100.1"}, {"127.0.0.1:1", "", "127.0.0.1"},
		{"127.0.0.1:1", "198.51.100.1, rubbish, 10.0.0.1", "10.0.0.1"}, {"127.0.0.1:1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:1", "", "fe80::/64"}, {"pipe", "198.51.100.1", "pipe"},
	} {
		r := &http.Request{RemoteAddr: row.peer, Header: http.Header{}}
		if row.chain != "" {
			r.Header.Set("X-Forwarded-For", row.chain)
		}
		if got := addressKey(ours, r); got != addressKeys+digest(row.want) {
			t.Errorf("%s after %.40q is not counted as %s", row.peer, row.chain, row.want)
		}
	}
}
