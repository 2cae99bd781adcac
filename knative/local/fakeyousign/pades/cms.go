package pades

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
)

// Object identifiers of RFC 5652 (CMS), RFC 5035 (signing-certificate-v2) and RFC 5758 (ECDSA with SHA-256).
var (
	oidData                 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256               = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSAWithSHA256      = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

type contentInfo struct {
	ContentType asn1.ObjectIdentifier
	Content     signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version          int
	DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
	EncapContentInfo struct{ ContentType asn1.ObjectIdentifier }
	Certificates     asn1.RawValue
	SignerInfos      []signerInfo `asn1:"set"`
}

type signerInfo struct {
	Version            int
	Sid                issuerAndSerial
	DigestAlgorithm    pkix.AlgorithmIdentifier
	SignedAttributes   asn1.RawValue
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Signature          []byte
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

// signingCertificateV2 names the certificate by its digest; SHA-256 is the default and therefore left out.
type signingCertificateV2 struct{ Certs []essCertIDv2 }

type essCertIDv2 struct{ Hash []byte }

// sign makes the detached CMS of a digest. It carries no signing-time: PAdES wants that in the signature dictionary
// only (EN 319 142-1 §5.3).
func (id *Identity) sign(digest []byte) ([]byte, error) {
	attributes, err := id.attributes(digest)
	if err != nil {
		return nil, err
	}
	// What is signed is the SET itself; what is written has the tag [0] instead (RFC 5652 §5.4).
	set, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes})
	if err != nil {
		return nil, fmt.Errorf("encode the signed attributes: %w", err)
	}
	hash := sha256.Sum256(set)
	signature, err := id.key.Sign(rand.Reader, hash[:], nil)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	certificates := slices.Concat(id.Certificate.Raw, id.issuer.Raw)
	data := signedData{
		Version: 1, DigestAlgorithms: []pkix.AlgorithmIdentifier{sha}, Certificates: tagged(certificates),
		SignerInfos: []signerInfo{{
			Version:         1,
			Sid:             issuerAndSerial{asn1.RawValue{FullBytes: id.Certificate.RawIssuer}, id.Certificate.SerialNumber},
			DigestAlgorithm: sha, SignedAttributes: tagged(attributes),
			SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: oidECDSAWithSHA256}, Signature: signature,
		}},
	}
	data.EncapContentInfo.ContentType = oidData
	return asn1.Marshal(contentInfo{oidSignedData, data})
}

// tagged is the implicit [0] that certificates and signed attributes are written with.
func tagged(content []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: content}
}

// attributes are what the signature covers beside the digest, in the order that DER asks of a SET.
func (id *Identity) attributes(digest []byte) ([]byte, error) {
	certificate := sha256.Sum256(id.Certificate.Raw)
	list := []attribute{
		{oidContentType, []any{oidData}},
		{oidMessageDigest, []any{digest}},
		{oidSigningCertificateV2, []any{signingCertificateV2{[]essCertIDv2{{certificate[:]}}}}},
	}
	encoded := make([][]byte, len(list))
	for i, a := range list {
		var err error
		if encoded[i], err = asn1.Marshal(a); err != nil {
			return nil, fmt.Errorf("encode the signed attributes: %w", err)
		}
	}
	slices.SortFunc(encoded, bytes.Compare)
	return slices.Concat(encoded...), nil
}
