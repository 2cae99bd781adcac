package orchestrate_test

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

func TestTheStartSaysWhichProxiesAreTrusted(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t, func(s *orchestratetest.Settings) { s.TrustedProxies = testkit.DefaultProxies(t) })
	if !strings.Contains(o.Log.String(), `"networks":"127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"`) {
		t.Errorf("the log says %s", o.Log)
	}
}
