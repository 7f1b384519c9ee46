// Package pki makes the certificates of a development cluster. They are kept for
// as long as the cluster's data is, and trusted by nobody else.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// validity of everything that is made here: longer than any development cluster
// lives.
const validity = 10 * 365 * 24 * time.Hour

// A Pair is a certificate and its key, in PEM.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// A Leaf says for whom a certificate is.
type Leaf struct {
	CommonName string
	// Organizations are a client's groups.
	Organizations []string
	// Hosts are a server's names and IP addresses. A certificate without any is a
	// client's.
	Hosts []string
}

// NewCA makes a certificate authority.
func NewCA(name string) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	t := template(name)
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	return sign(t, t, key, key)
}

// Issue makes a certificate that the authority has signed.
func (ca Pair) Issue(l Leaf) (Pair, error) {
	parent, parentKey, err := ca.parse()
	if err != nil {
		return Pair{}, fmt.Errorf("cannot read the authority: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	t := template(l.CommonName)
	t.Subject.Organization = l.Organizations
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	for _, h := range l.Hosts {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
			continue
		}
		t.DNSNames = append(t.DNSNames, h)
	}
	return sign(t, parent, key, parentKey)
}

// NewKey makes a key pair for signing tokens.
func NewKey() (public, private []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	pub, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	private, err = encodeKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub}), private, err
}

func template(name string) *x509.Certificate {
	const bits = 62 // of the serial number, which must be positive
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), bits))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(validity),
	}
}

func sign(t, parent *x509.Certificate, key *ecdsa.PrivateKey, parentKey crypto.Signer) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, parentKey)
	if err != nil {
		return Pair{}, err
	}
	out, err := encodeKey(key)
	return Pair{Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Key: out}, err
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

// parse reads the pair. Crossplane and Cluster API make RSA keys, in PKCS #1.
func (ca Pair) parse() (*x509.Certificate, crypto.Signer, error) {
	c, _ := pem.Decode(ca.Certificate)
	k, _ := pem.Decode(ca.Key)
	if c == nil || k == nil {
		return nil, nil, errors.New("it is not PEM")
	}
	cert, err := x509.ParseCertificate(c.Bytes)
	if err != nil {
		return nil, nil, err
	}
	switch k.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(k.Bytes)
		return cert, key, err
	case "EC PRIVATE KEY":
		key, err := x509.ParseECPrivateKey(k.Bytes)
		return cert, key, err
	}
	key, err := x509.ParsePKCS8PrivateKey(k.Bytes)
	if err != nil {
		return nil, nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, nil, fmt.Errorf("a key of type %q can't sign", k.Type)
	}
	return cert, signer, nil
}
