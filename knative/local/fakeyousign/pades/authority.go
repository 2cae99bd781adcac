// Package pades puts electronic signatures into PDF files: PAdES baseline B-B (ETSI EN 319 142-1), each in a revision
// of its own, so that the earlier ones stay valid. It holds the signing keys.
package pades

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/paraphe/paraphe/knative/local/atomicfile"
)

// How long the authority and the certificates that it issues are valid.
const (
	authorityYears = 20
	personYears    = 3
)

// Authority is a certificate authority of the fake: it shows that nothing was changed, and nobody else trusts it.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// OpenAuthority reads the authority that is kept in dir, or makes one there.
func OpenAuthority(dir string, now time.Time) (*Authority, error) {
	path := filepath.Join(dir, "authority.pem")
	kept, err := os.ReadFile(path)
	if err == nil {
		return parseAuthority(kept)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the signing authority: %w", err)
	}
	a, err := newAuthority(now)
	if err != nil {
		return nil, err
	}
	return a, a.write(path)
}

func parseAuthority(kept []byte) (*Authority, error) {
	first, rest := pem.Decode(kept)
	second, _ := pem.Decode(rest)
	if first == nil || second == nil {
		return nil, errors.New("authority.pem is damaged: it must hold a certificate and a key")
	}
	certificate, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the signing authority's certificate: %w", err)
	}
	key, err := x509.ParseECPrivateKey(second.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the signing authority's key: %w", err)
	}
	return &Authority{certificate, key}, nil
}

// write writes key and certificate in one file: neither is of use without the other.
func (a *Authority) write(path string) error {
	key, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		return fmt.Errorf("write the signing authority: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key})...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write the signing authority: %w", err)
	}
	return atomicfile.Write(path, text)
}

// newAuthority is valid from a day ago, so that clocks may differ a little.
func newAuthority(now time.Time) (*Authority, error) {
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: "Local signature authority", Organization: []string{"For tests only"}},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.AddDate(authorityYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("create the signing authority's key: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("create the signing authority's certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	return &Authority{certificate, key}, err
}

// Certificate is the authority's own, as PEM: who imports it sees the signatures as trusted.
func (a *Authority) Certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Identity is the key and certificate that one person signs with.
type Identity struct {
	Certificate *x509.Certificate
	issuer      *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Issue makes an identity for one person. Nobody keeps its key: it signs once and is forgotten.
func (a *Authority) Issue(name, email string, now time.Time) (*Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("create a signing key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:   serial(),
		Subject:        pkix.Name{CommonName: name},
		EmailAddresses: []string{email},
		NotBefore:      now.Add(-time.Hour),
		NotAfter:       now.AddDate(personYears, 0, 0),
		KeyUsage:       x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("issue a signing certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	return &Identity{certificate, a.certificate, key}, err
}

// serial is a random number of 127 bits: RFC 5280 §4.1.2.2 allows 20 octets and wants it positive.
func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	b[0] &= 0x7F
	return new(big.Int).SetBytes(b)
}
