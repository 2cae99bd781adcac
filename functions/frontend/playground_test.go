package frontend

import (
	"flag"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/paraphe/paraphe/shared/function"
)

// play is where TestThePagesAreServedToBePlayedWith listens; unset, it is skipped.
var play = flag.String("play", "", "address at which to serve the pages in front of the fake, such as 127.0.0.1:8090")

// TestThePagesAreServedToBePlayedWith serves the pages in front of the fake until it is interrupted, for whoever
// works on them: go test -run Played -v -timeout 0 -play 127.0.0.1:8090 ./functions/frontend
func TestThePagesAreServedToBePlayedWith(t *testing.T) {
	if *play == "" {
		t.Skip("no -play address is given")
	}
	f := startFake(t)
	routes, _, err := newRoutes(function.Boot{Name: "frontend", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}, Settings{Orchestrate: function.URL(f.own)})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", *play)
	if err != nil {
		t.Fatal(err)
	}
	f.pages = "http://" + listener.Addr().String()
	t.Logf("%s: claire@example.org or ada@example.org with %q; a signer: %s/sign#link-website-s1", f.pages, fakePassword, f.pages)
	t.Fatal(http.Serve(listener, routes))
}
