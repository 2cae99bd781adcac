package auth_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
)

func TestAPasswordOpensItsOwnHashOnly(t *testing.T) {
	t.Parallel()
	const password = "correct horse battery staple"
	hash := auth.HashPassword(password)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash does not carry its cost: %s", hash)
	}
	if !auth.CheckPassword(hash, password) {
		t.Error("the right password does not open its hash")
	}
	if auth.CheckPassword(hash, password+" ") || auth.CheckPassword(hash, "") {
		t.Error("a wrong password opens the hash")
	}
	if auth.HashPassword(password) == hash {
		t.Error("two hashes of one password are the same: the salt is not random")
	}
}

func TestOnlyAWellFormedHashOpens(t *testing.T) {
	t.Parallel()
	// The hash of "password" with the salt "somesalt", made with the reference implementation's parameters.
	const sound = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if !auth.CheckPassword(sound, "password") {
		t.Fatal("a hash of the reference implementation does not open")
	}
	for name, hash := range map[string]string{
		"nobody's":        "",
		"another variant": strings.Replace(sound, "argon2id", "argon2i", 1),
		"another version": strings.Replace(sound, "v=19", "v=16", 1),
		"too costly":      strings.Replace(sound, "m=256", "m=99999999", 1),
		"without passes":  strings.Replace(sound, "t=2", "t=0", 1),
		"cut off":         sound[:len(sound)-8],
		"no salt":         strings.Replace(sound, "c29tZXNhbHQ", "", 1),
		"empty key":       sound[:strings.LastIndex(sound, "$")+1],
		"the password":    "password",
	} {
		if auth.CheckPassword(hash, "password") {
			t.Errorf("a hash that is %s opens", name)
		}
	}
	if auth.CheckPassword("", "") {
		t.Error("nobody's hash opens with no password")
	}
}

func TestAHashOfAnotherCostIsOutdated(t *testing.T) {
	t.Parallel()
	present := auth.HashPassword("correct horse battery staple")
	for hash, outdated := range map[string]bool{
		present: false, strings.Replace(present, "m=19456", "m=19455", 1): true, strings.Replace(present, "t=2", "t=3", 1): true,
		strings.Replace(present, "p=1", "p=2", 1): true, "": true, "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4": true,
	} {
		if auth.Outdated(hash) != outdated {
			t.Errorf("%s is outdated: %t", hash, !outdated)
		}
	}
}

// TestNobodysPasswordCostsAsMuchAsSomebodys counts the memory that argon2id fills and not the time that it takes. It is
// not parallel: the memory is the whole process's.
func TestNobodysPasswordCostsAsMuchAsSomebodys(t *testing.T) {
	hash := auth.HashPassword("correct horse battery staple")
	for name, check := range map[string]func(){
		"nobody": func() { auth.CheckPassword("", "x") }, "wrong": func() { auth.CheckPassword(hash, "x") },
		"right": func() { auth.CheckPassword(hash, "correct horse battery staple") },
	} {
		if filled := allocated(check); filled < 19<<20 || filled > 20<<20 {
			t.Errorf("%s: %d bytes were filled, not 19 MiB", name, filled)
		}
	}
}

func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
