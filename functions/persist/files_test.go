package persist

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/record"
)

func TestADocumentIsKeptUnderItsDigest(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v, ctx, pdf := r.made(), context.Background(), []byte("%PDF-1.7 \x00\xff")
	for range 2 {
		d, err := r.function(generateDoc).PutFile(ctx, v.ID, pdf)
		if err != nil || d.SHA256 != digestOf(pdf) {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	var n int
	if r.query(&n, `SELECT count(*) FROM files`); n != 1 {
		t.Errorf("%d files", n)
	}
	if got, err := r.manager.File(ctx, v.ID, digestOf(pdf)); err != nil || !bytes.Equal(got, pdf) {
		t.Errorf("%q, %v", got, err)
	}
	other := r.made()
	if _, err := r.manager.File(ctx, other.ID, digestOf(pdf)); !errors.Is(err, record.ErrNotFound) {
		t.Errorf("through another contract: %v", err)
	}
}

func TestWhatIsNoDocumentOfAContractIsNotKept(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	id := r.made().ID
	for name, c := range map[string]struct {
		id     contract.ID
		digest string
		body   string
		status int
	}{
		"no PDF":                  {id, digestOf([]byte("GIF89a")), "GIF89a", http.StatusUnprocessableEntity},
		"another digest":          {id, strings.Repeat("a", 64), "%PDF-1.7", http.StatusUnprocessableEntity},
		"of a contract not there": {contract.ID(newID()), digestOf([]byte("%PDF-1.7")), "%PDF-1.7", http.StatusNotFound},
		"larger than is taken":    {id, strings.Repeat("a", 64), "%PDF-" + strings.Repeat("x", fileLimit), http.StatusRequestEntityTooLarge},
	} {
		status, text := r.ask(r.function(generateDoc), http.MethodPut, "/contracts/"+string(c.id)+"/files/"+c.digest, c.body)
		if status != c.status {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	var n int
	if r.query(&n, `SELECT count(*) FROM files`); n != 0 {
		t.Errorf("%d files were kept", n)
	}
}
