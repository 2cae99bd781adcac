package orchestrate

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/function"
)

func TestHalfASetOfSettingsForAnIssuerIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []Settings{{OIDCIssuer: "https://id.example/", OIDCAudience: "a"}, {OIDCIssuer: "i", OIDCKeys: "https://id.example/keys", OIDCRoleClaim: "roles"}} {
		if _, _, err := s.trusted(function.Boot{Name: "orchestrate"}); err == nil || !strings.Contains(err.Error(), "OIDC_") {
			t.Errorf("half a set of settings: %v", err)
		}
	}
	for address, good := range map[string]bool{
		"https://id.example/keys": true, "http://id.example/keys": false, "http://127.0.0.1:8090/keys": true, "http://keycloak.auth.svc.cluster.local/keys": true,
		"": true, "id.example": false, "http://127.0.0.1.evil.example/keys": false, "http://svc.cluster.local.evil.example": false,
	} {
		var k KeysAddress
		if err := k.Decode(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}
