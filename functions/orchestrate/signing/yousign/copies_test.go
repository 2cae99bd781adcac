package yousign_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

func TestCopiesAreThereOnceEveryoneSigned(t *testing.T) {
	t.Parallel()
	y, c, q := opened(t, false)
	ctx := context.Background()
	if _, err := c.SignedCopy(ctx, q.ID); !errors.Is(err, signing.ErrNotReady) {
		t.Errorf("before: %v", err)
	}
	y.do(func() { y.sign(q, q.Signers[0]); y.sign(q, q.Signers[1]); y.notYet, y.calls = 1, nil })
	file, err := c.SignedCopy(ctx, q.ID)
	if err != nil || !bytes.HasPrefix(file, order().Document) || bytes.Equal(file, order().Document) {
		t.Errorf("the signed copy is %q, %v", file, err)
	}
	if _, err := c.Proof(ctx, q.ID); !errors.Is(err, signing.ErrNotReady) {
		t.Errorf("the proof too early: %v", err)
	}
	if proof, err := c.Proof(ctx, q.ID); err != nil || string(proof) != "%PDF-1.7 audit trail, merged: true" {
		t.Errorf("the proof is %q, %v", proof, err)
	}
	if n := len(y.did()); n != 3 {
		t.Errorf("one copy and two tries for the proof took %d calls", n)
	}
}

func TestACopyMustBeAPDFOfBoundedSize(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"broken archive": "PK\x03\x04", "page": "<html>", "nothing": "", "too long": "%PDF-" + strings.Repeat("x", 50<<20),
		"no PDF in it": archive("hello"), "two PDFs in it": archive("%PDF-1", "%PDF-2"), "nothing in it": archive(),
	} {
		for _, on := range []string{trailing, downloading} {
			y, c, q := opened(t, false)
			y.faults = []*fault{{on: on, status: 200, body: body}}
			fetch := map[string]func(context.Context, string) ([]byte, error){trailing: c.Proof, downloading: c.SignedCopy}[on]
			file, err := fetch(context.Background(), q.ID)
			if err == nil || errors.Is(err, signing.ErrNotReady) || errors.As(err, new(signing.Rejected)) {
				t.Errorf("%s: took %d bytes, %v", name, len(file), err)
			}
			if errors.As(err, new(signing.Fault)) != (name == "page") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

// TestAPDFMayComePacked: the service packs what it thinks is more than one file.
func TestAPDFMayComePacked(t *testing.T) {
	t.Parallel()
	y, c, q := opened(t, false)
	y.faults = []*fault{{on: downloading, status: 200, body: archive("%PDF-1.7 signed")}}
	if file, err := c.SignedCopy(context.Background(), q.ID); err != nil || string(file) != "%PDF-1.7 signed" {
		t.Errorf("got %q, %v", file, err)
	}
}

func archive(files ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, content := range files {
		w, _ := z.Create(string(rune('a' + i)))
		_, _ = w.Write([]byte(content))
	}
	_ = z.Close()
	return b.String()
}
