package orchestrate

import (
	"net/http"
	"strings"
	"testing"
)

func TestALogInComesFromTheFirstAddressThatIsNotOurs(t *testing.T) {
	t.Parallel()
	var ours proxies
	if err := ours.Decode("127.0.0.0/8, ::1/128,10.0.0.0/8"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ peer, chain, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"}, {"203.0.113.9:1", "198.51.100.1", "203.0.113.9"}, {"127.0.0.1:1", "", "127.0.0.1"},
		{"127.0.0.1:1", "198.51.100.1", "198.51.100.1"}, {"[::1]:1", "1.1.1.1, 198.51.100.1 ,10.1.2.3", "198.51.100.1"}, {"[::ffff:127.0.0.1]:1", "::ffff:198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:1", "198.51.100.1, rubbish, 10.0.0.1", "10.0.0.1"}, {"127.0.0.1:1", "198.51.100.1,", "127.0.0.1"}, {"127.0.0.1:1", "10.0.0.7", "10.0.0.7"},
		{"127.0.0.1:1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"}, {"pipe", "198.51.100.1", "pipe"}, {"127.0.0.1:1", strings.Repeat("10.0.0.1,", 5000) + "10.0.0.2", "10.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: row.peer, Header: http.Header{}}
		if row.chain != "" {
			r.Header.Set("X-Forwarded-For", row.chain)
		}
		if got := ours.addressKey(r); got != addressKeys+digest(row.want) {
			t.Errorf("%s after %.40q is not %s", row.peer, row.chain, row.want)
		}
	}
	for _, wrong := range []string{"0.0.0.0/0", "::/0", "10.0.0.1", "x", "10.0.0.0/8,", "::ffff:10.0.0.0/104"} {
		var p proxies
		if err := p.Decode(wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}
