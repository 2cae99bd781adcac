// Package testkit is what tests of several packages need: keys, a log to read, good requests.
package testkit

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/clientaddr"
)

// Key is a pair of keys whose id is id, the same every time.
func Key(t testing.TB, id string) auth.PrivateKeys {
	t.Helper()
	var k auth.PrivateKeys
	seed := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(id[:1], 32)))
	if err := k.Decode(id + ":" + seed); err != nil {
		t.Fatal(err)
	}
	return k
}

// DefaultProxies are those that are trusted where nothing else is said.
func DefaultProxies(t testing.TB) (ours clientaddr.Networks) {
	t.Helper()
	if err := ours.Decode("127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"); err != nil {
		t.Fatal(err)
	}
	return ours
}
