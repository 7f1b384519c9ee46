package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

func TestIssue(t *testing.T) {
	ca, err := NewCA("test-ca")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		leaf   Leaf
		host   string
		usage  x509.ExtKeyUsage
		fails  bool
	}{
		"Server":      {reason: "A server answers to its address.", leaf: Leaf{CommonName: "s", Hosts: []string{"127.0.0.1", "localhost"}}, host: "127.0.0.1", usage: x509.ExtKeyUsageServerAuth},
		"ServerName":  {reason: "A server answers to its name.", leaf: Leaf{CommonName: "s", Hosts: []string{"127.0.0.1", "localhost"}}, host: "localhost", usage: x509.ExtKeyUsageServerAuth},
		"OtherName":   {reason: "A server doesn't answer to another name.", leaf: Leaf{CommonName: "s", Hosts: []string{"localhost"}}, host: "example.org", usage: x509.ExtKeyUsageServerAuth, fails: true},
		"Client":      {reason: "A client may ask.", leaf: Leaf{CommonName: "admin", Organizations: []string{"system:masters"}}, usage: x509.ExtKeyUsageClientAuth},
		"ClientServe": {reason: "A client may not answer.", leaf: Leaf{CommonName: "admin"}, usage: x509.ExtKeyUsageServerAuth, fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pair, err := ca.Issue(tc.leaf)
			if err != nil {
				t.Fatal(err)
			}
			loaded, err := tls.X509KeyPair(pair.Certificate, pair.Key)
			if err != nil {
				t.Fatal(err)
			}
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM(ca.Certificate)
			_, err = loaded.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: tc.host, KeyUsages: []x509.ExtKeyUsage{tc.usage}})
			if (err != nil) != tc.fails {
				t.Errorf("%s\ngot error %v", tc.reason, err)
			}
		})
	}
}

// TestIssueFromRSA reads an authority as Crossplane makes it.
func TestIssueFromRSA(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca := Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
	}
	if _, err := ca.Issue(Leaf{CommonName: "function", Hosts: []string{"127.0.0.1"}}); err != nil {
		t.Error(err)
	}
	if _, err := (Pair{}).Issue(Leaf{}); err == nil {
		t.Error("an empty authority should sign nothing")
	}
}
