package wire

import (
	"crypto/rand"
	"fmt"
)

// NewID makes a random UUID (RFC 9562, version 4).
func NewID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return UUID(b)
}

func UUID(b []byte) string {
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func Secret() string { return rand.Text() }
