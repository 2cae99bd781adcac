package receivewebhook

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestWhoIsCalling: only what our own proxies say counts, and of that only the part that they wrote.
func TestWhoIsCalling(t *testing.T) {
	t.Parallel()
	const (
		service  = "57.130.41.150"
		proxy    = "10.1.2.3:5000"
		stranger = "203.0.113.9"
	)
	manyTrusted := strings.Repeat("10.0.0.1,", 98) + "10.0.0.1"
	for name, c := range map[string]struct {
		peer  string
		chain []string
		taken bool
	}{
		"directly":                         {service + ":1", nil, true},
		"directly, as IPv6":                {"[::ffff:57.130.41.150]:1", nil, true},
		"a listed IPv6 network":            {"[2001:db8:1:2::3]:1", nil, true},
		"first address of the network":     {"57.130.41.144:1", nil, true},
		"last address of the network":      {"57.130.41.159:1", nil, true},
		"one before it":                    {"57.130.41.143:1", nil, false},
		"one after it":                     {"57.130.41.160:1", nil, false},
		"a stranger":                       {stranger + ":1", nil, false},
		"a stranger who names the service": {stranger + ":1", []string{service}, false},
		"the service names a stranger":     {service + ":1", []string{stranger}, true},
		"through a proxy":                  {proxy, []string{service}, true},
		"through a mapped proxy":           {"[::ffff:10.1.2.3]:1", []string{service}, true},
		"through an IPv6 proxy":            {"[fd00::1]:1", []string{service}, true},
		"through three proxies":            {proxy, []string{service + ", 10.9.9.9, fd00::2"}, true},
		"in several lines":                 {proxy, []string{service, "10.9.9.9", "10.8.8.8"}, true},
		"mapped in the chain":              {proxy, []string{"::ffff:57.130.41.150"}, true},
		"with a port":                      {proxy, []string{service + ":443"}, true},
		"IPv6 in brackets":                 {proxy, []string{"[2001:db8:1::7]"}, true},
		"IPv6 in brackets with a port":     {proxy, []string{"[2001:db8:1::7]:443"}, true},
		"spaces and tabs":                  {proxy, []string{"  " + service + "\t"}, true},
		"rubbish left of the service":      {proxy, []string{"rubbish, ,<script>," + service}, true},
		"99 proxies":                       {proxy, []string{service + "," + manyTrusted}, true},
		"5000 entries left of the service": {proxy, []string{strings.Repeat("10.0.0.1,", 5000) + service}, true},
		"5000 lines left of the service":   {proxy, append(slices.Repeat([]string{"203.0.113.9"}, 5000), service), true},
		"5000 lines of proxies":            {proxy, append([]string{service}, slices.Repeat([]string{"10.0.0.1"}, 5000)...), false},
		"1000 entries left of the service": {proxy, []string{strings.Repeat("x,", 1000) + service}, true},
		"the service named on the left":    {proxy, []string{service + ", " + stranger}, false},
		"in an earlier line":               {proxy, []string{service, stranger}, false},
		"a forged whole way":               {proxy, []string{service + ", 10.9.9.9, " + stranger + ", 10.8.8.8"}, false},
		"the proxy itself":                 {proxy, nil, false},
		"only proxies":                     {proxy, []string{"10.9.9.9, 10.8.8.8"}, false},
		"100 proxies":                      {proxy, []string{service + "," + manyTrusted + ",10.0.0.1"}, false},
		"1000 proxies":                     {proxy, []string{service + strings.Repeat(",10.0.0.1", 1000)}, false},
		"an empty header":                  {proxy, []string{""}, false},
		"an empty last entry":              {proxy, []string{service + ","}, false},
		"an empty last line":               {proxy, []string{service, ""}, false},
		"octal":                            {proxy, []string{"57.130.051.150"}, false},
		"leading zero":                     {proxy, []string{"057.130.41.150"}, false},
		"decimal":                          {proxy, []string{"964831638"}, false},
		"hexadecimal":                      {proxy, []string{"0x39822996"}, false},
		"three parts":                      {proxy, []string{"57.130.10646"}, false},
		"6to4":                             {proxy, []string{"2002:3982:2996::1"}, false},
		"NAT64":                            {proxy, []string{"64:ff9b::3982:2996"}, false},
		"compatible form":                  {proxy, []string{"::57.130.41.150"}, false},
		"with a zone":                      {proxy, []string{"2001:db8:1::7%eth0"}, false},
		"mapped with a zone":               {proxy, []string{"::ffff:57.130.41.150%1"}, false},
		"with a network's length":          {proxy, []string{service + "/28"}, false},
		"with a name behind":               {proxy, []string{service + ".evil.example"}, false},
		"in quotes":                        {proxy, []string{`"` + service + `"`}, false},
		"IPv4 in brackets":                 {proxy, []string{"[" + service + "]"}, false},
		"a port that is none":              {proxy, []string{service + ":99999"}, false},
		"full-width digits":                {proxy, []string{"５７.130.41.150"}, false},
		"as Forwarded has it":              {proxy, []string{"for=" + service}, false},
		"unknown":                          {proxy, []string{"unknown"}, false},
		"semicolons":                       {proxy, []string{stranger + ";" + service}, false},
		"another blank":                    {proxy, []string{"\u00a0" + service}, false},
		"no address of the connection":     {"", nil, false},
		"a socket's name":                  {"@", []string{service}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, broker, _ := newTestHandler()
			w := knock(h, message(sealed(t, seals(), nil)), func(r *http.Request) {
				r.RemoteAddr = c.peer
				r.Header["X-Forwarded-For"] = c.chain
			})
			want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[c.taken]
			if w.Code != want || (len(broker.events) == 1) != c.taken {
				t.Errorf("got %d, want %d", w.Code, want)
			}
		})
	}
}

// TestOtherHeadersNameNobody: what proxies and frameworks elsewhere believe counts for nothing here.
func TestOtherHeadersNameNobody(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Forwarded", "X-Real-IP", "X-Client-IP", "X-Original-Forwarded-For", "X-Forwarded", "Forwarded-For",
		"X-Forwarded-For-Original", "X-Cluster-Client-IP", "CF-Connecting-IP", "True-Client-IP", "Fastly-Client-IP", "X-Azure-ClientIP",
		"X-Envoy-External-Address", "X-ProxyUser-Ip", "Via", "X-Originating-IP", "X-Remote-Addr", "X_Forwarded_For"} {
		for _, peer := range []string{"203.0.113.9:1", "10.1.2.3:1"} {
			h, _, _ := newTestHandler()
			w := knock(h, message(sealed(t, seals(), nil)), func(r *http.Request) {
				r.RemoteAddr = peer
				r.Header.Set(name, "57.130.41.150")
				r.Header.Add(name, "for=57.130.41.150")
			})
			if w.Code != http.StatusForbidden {
				t.Errorf("%s from %s: got %d", name, peer, w.Code)
			}
		}
	}
}
