package fakeyousign

import (
	"bytes"
	"testing"
)

func TestAnAnchorWithoutSignerMakesNoField(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request, signers := h.draft(plain)
	fields := h.must(200, "GET", signers[0], "").at(t, "fields").([]any)
	if len(fields) != 1 {
		t.Errorf("the first signer has the fields %v", fields)
	}
	third := h.must(201, "POST", request+"/signers", ana)
	if fields := third.at(t, "fields").([]any); len(fields) != 0 {
		t.Errorf("a signer without anchor has the fields %v", fields)
	}
}

func TestASignedContractIsBuiltOnTheOneThatWasUploaded(t *testing.T) {
	t.Parallel()
	h := newFixture(t, nil)
	request := h.in("done")
	signed := h.must(200, "GET", request+"/documents/download", "").body
	if !bytes.HasPrefix(signed, contractPDF(t)) || len(signed) == len(contractPDF(t)) {
		t.Error("the signed file does not begin with the uploaded one, or holds nothing more")
	}
}
