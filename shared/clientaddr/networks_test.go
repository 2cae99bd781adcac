package clientaddr

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestARequestComesFromTheFirstAddressThatIsNotOurs(t *testing.T) {
	t.Parallel()
	var ours Networks
	if err := ours.Decode("127.0.0.0/8, ::1,10.0.0.0/8"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		peer, chain, want string
		unsure            bool
	}{
		{"203.0.113.9:1", "", "203.0.113.9", false}, {"203.0.113.9:1", "198.51.100.1", "203.0.113.9", false}, {"127.0.0.1:1", "", "127.0.0.1", false},
		{"127.0.0.1:1", "198.51.100.1", "198.51.100.1", false}, {"[::1]:1", "1.1.1.1, 198.51.100.1 ,10.1.2.3", "198.51.100.1", false},
		{"[::ffff:127.0.0.1]:1", "::ffff:198.51.100.1", "198.51.100.1", false}, {"127.0.0.1:1", "10.0.0.7", "10.0.0.7", false},
		{"127.0.0.1:1", "198.51.100.1, rubbish, 10.0.0.1", "10.0.0.1", true}, {"127.0.0.1:1", "198.51.100.1,", "127.0.0.1", true},
		{"127.0.0.1:1", strings.Repeat("10.0.0.1,", 5000) + "10.0.0.2", "10.0.0.1", true}, {"pipe", "198.51.100.1", "invalid IP", true},
	} {
		r := &http.Request{RemoteAddr: row.peer, Header: http.Header{}}
		if row.chain != "" {
			r.Header.Set("X-Forwarded-For", row.chain)
		}
		if got, err := ours.Client(r); got.String() != row.want || (err != nil) != row.unsure {
			t.Errorf("%s after %.40q is %s, %v; want %s", row.peer, row.chain, got, err, row.want)
		}
	}
}

func TestNetworksThatProveNothingAreRefused(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"0.0.0.0/0", "::/0", "x", "10.0.0.0/8,", "10.0.0.0/8,,::1", "::ffff:10.0.0.0/104", "57.130.41.144/33", "fe80::1%eth0", "1.2.3.4:80",
	} {
		var n Networks
		if err := n.Decode(wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
	var none Networks
	if err := none.Decode(" "); err != nil || none.Contain(netip.MustParseAddr("10.0.0.1")) {
		t.Errorf("no network contains something, %v", err)
	}
}

// FuzzForwardedChain looks for a chain by which a client becomes somebody else. What a client puts before its own
// address never changes who it is, and one that speaks to us directly is always who it is.
func FuzzForwardedChain(f *testing.F) {
	for _, chain := range []string{"", "57.130.41.150", "203.0.113.9, 57.130.41.150, 10.9.9.9", "10.0.0.1,", "::ffff:10.0.0.1", "[fd00::1]:80,[",
		"1.2.3.4:5, 10.0.0.1:65536", "57.130.41.150\n10.0.0.1", strings.Repeat("10.0.0.1,", 101), "fd00::1%eth0, 010.0.0.1"} {
		f.Add(chain, "203.0.113.9")
	}
	var ours Networks
	if err := ours.Decode("10.0.0.0/8, fd00::/8"); err != nil {
		f.Fatal(err)
	}
	from := func(peer string, chain ...string) (netip.Addr, error) {
		return ours.Client(&http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": chain}})
	}
	f.Fuzz(func(t *testing.T, chain, client string) {
		if direct, err := from("203.0.113.9:1", chain); err != nil || direct != netip.MustParseAddr("203.0.113.9") {
			t.Errorf("a stranger became %v, %v", direct, err)
		}
		_, _ = from("10.0.0.1:1", chain, client)
		if a, err := netip.ParseAddr(client); err != nil || a.Zone() != "" || ours.Contain(a.Unmap()) {
			return
		}
		want := netip.MustParseAddr(client).Unmap()
		for _, forwarded := range [][]string{{chain, client}, {chain + "," + client + ", 10.0.0.2"}, {chain, client, "fd00::2, 10.0.0.2"}} {
			if got, err := from("10.0.0.1:1", forwarded...); err != nil || got != want {
				t.Errorf("%q through our proxies became %v, %v", forwarded, got, err)
			}
		}
	})
}
