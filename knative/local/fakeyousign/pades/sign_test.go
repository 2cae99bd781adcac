package pades

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/requires"
)

var at = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestEverySignatureInSequenceIsValidForPdfsig(t *testing.T) {
	t.Parallel()
	authority := authorityIn(t, t.TempDir())
	once := signed(t, authority, contract(), "Ağaoğlu Žana")
	twice := signed(t, authority, once, "O'Brien Hélène")
	if !bytes.HasPrefix(twice, once) {
		t.Error("the second signature changed what the first one covers")
	}
	report := pdfsig(t, twice)
	if n := strings.Count(report, "Signature is Valid."); n != 2 {
		t.Errorf("pdfsig calls %d of 2 signatures valid:\n%s", n, report)
	}
	if !strings.Contains(report, "ETSI.CAdES.detached") || !strings.Contains(report, "Total document signed") {
		t.Errorf("pdfsig sees no PAdES signature of the whole document:\n%s", report)
	}
}

func TestOneChangedByteMakesTheSignatureInvalid(t *testing.T) {
	t.Parallel()
	file := signed(t, authorityIn(t, t.TempDir()), contract(), "Ana Martin")
	i := bytes.Index(file, []byte("/CreationDate (D:"))
	file[i+len("/CreationDate (D:")] ^= 1
	if report := pdfsig(t, file); strings.Contains(report, "Signature is Valid.") {
		t.Errorf("pdfsig calls a changed file valid:\n%s", report)
	}
}

func TestTheAuthorityIsTheSameAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := authorityIn(t, dir), authorityIn(t, dir)
	if !bytes.Equal(first.Certificate(), second.Certificate()) {
		t.Error("a restart made another authority")
	}
	id, err := second.Issue("Ana Martin", "ana@example.org", at)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.Certificate.CheckSignatureFrom(first.certificate); err != nil {
		t.Error(err)
	}
}

func TestADamagedAuthorityFileIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "authority.pem"), []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(dir, at); err == nil {
		t.Error("a damaged authority was opened")
	}
}

func TestSigningRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	id, err := authorityIn(t, t.TempDir()).Issue("Ana Martin", "ana@example.org", at)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"no PDF": []byte("hello"), "a cut one": contract()[:200], "none": nil,
	} {
		if _, err := Sign(file, Signature{By: id, Page: 1, At: at}); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
	if _, err := Sign(contract(), Signature{By: id, Page: 3, At: at}); err == nil {
		t.Error("a page that does not exist was signed")
	}
}

func contract() []byte {
	file, err := os.ReadFile("../testdata/contract.pdf")
	if err != nil {
		panic(err) // it is in the project
	}
	return file
}

func authorityIn(t *testing.T, dir string) *Authority {
	t.Helper()
	a, err := OpenAuthority(dir, at)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func signed(t *testing.T, a *Authority, file []byte, name string) []byte {
	t.Helper()
	id, err := a.Issue(name, "someone@example.org", at)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Sign(file, Signature{
		By: id, Page: 1, Box: [4]float64{62, 500, 232, 574}, Name: name, Reason: "consent", Note: "24/11/2026", At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pdfsig lets an independent program judge the file.
func pdfsig(t *testing.T, file []byte) string {
	t.Helper()
	program := requires.Program(t, "pdfsig", "poppler-utils")
	path := filepath.Join(t.TempDir(), "signed.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	report, _ := exec.Command(program, path).CombinedOutput() // its status only says what the report says better
	return string(report)
}
