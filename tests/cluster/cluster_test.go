//go:build cluster

// Package cluster tries the whole system on a real Kubernetes with Knative: it builds the images, installs the chart into
// a namespace of its own with everything that is outside played inside, and takes all of it away again. `make
// cluster-test` runs it. It starts PostgreSQL on this machine, which pods must reach, and calls functions through the
// cluster's own addresses, so it runs on a node.
package cluster

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// patience bounds one scenario, whatever is done to the functions meanwhile.
const patience = 5 * time.Minute

// functions are those whose pods come and go.
var functions = []string{"frontend", "orchestrate", "persist", "generate-doc", "send-mail", "receive-webhook"}

// rounds is how often each start from zero is measured.
var rounds = flag.Int("rounds", 10, "how often each start from zero is measured")

// here is the installation, made once by TestMain.
var here *installation

// installation is Paraphe in a namespace of its own.
type installation struct {
	namespace, tag, folder string
	domain                 string
	identified             bool    // Brokers want to know who speaks
	gateway                gateway // the one that functions meet each other through
	secrets                map[string]map[string]string
	database               *database
	pods                   *watch
	manager                *scenario.Run // who has logged in
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	word := strings.ToLower(rand.Text()[:8])
	here = &installation{namespace: "paraphe-test-" + word, tag: word}
	err := here.install(ctx)
	defer here.remove()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := m.Run()
	measured.print(os.Stdout)
	return status
}
