package residents

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

const issuer = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: acme}\nspec: {}\n"

const certificate = `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: shop}
spec: {secretName: shop-tls, dnsNames: [b.org, a.org], issuerRef: {kind: ClusterIssuer, name: acme}}
`

// issued returns the certificate in the Secret, which must fit its key.
func (w *world) issued(secret string) *x509.Certificate {
	w.t.Helper()
	s, err := typed[corev1.Secret](w.read(secretKind, secret))
	w.must(err)
	pair, err := tls.X509KeyPair(s.Data["tls.crt"], s.Data["tls.key"])
	w.must(err)
	return pair.Leaf
}

func (w *world) certificate(kind string) string {
	w.t.Helper()
	return condition(nested(w.read(certificateKind, "shop"), "status", "conditions"), kind)
}

func TestIssue(t *testing.T) {
	w := newWorld(t, issuer, certificate).programs()
	w.settled()
	leaf := w.issued("shop-tls")
	if leaf.VerifyHostname("a.org") != nil || leaf.VerifyHostname("b.org") != nil || leaf.VerifyHostname("c.org") == nil {
		t.Errorf("it's for %v", leaf.DNSNames)
	}
	c := w.read(certificateKind, "shop")
	if text(c, "status", "notAfter") != stamp(leaf.NotAfter) || text(c, "status", "notAfter") != "2026-04-02T03:04:05Z" || text(c, "status", "renewalTime") != "2026-03-03T03:04:05Z" {
		t.Errorf("got %v", c.Object["status"])
	}
	if items(c, "status", "conditions")[0]["observedGeneration"] != int64(1) || !strings.HasPrefix(w.certificate("Ready"), "True Ready") {
		t.Errorf("got %v", c.Object["status"])
	}
	if got := condition(nested(w.read(clusterIssuerKind, "acme"), "status", "conditions"), "Ready"); !strings.HasPrefix(got, "True") {
		t.Errorf("the issuer is %q", got)
	}

	// Nothing happens before something has to.
	w.settled()
	if !w.issued("shop-tls").Equal(leaf) {
		t.Error("it shouldn't have been issued again")
	}
	w.must(Hurry(w.context(), w.town.client, w.read(certificateKind, "shop"), 61*24*time.Hour))
	w.settled()
	renewed := w.issued("shop-tls")
	if renewed.Equal(leaf) || !renewed.NotAfter.After(leaf.NotAfter) {
		t.Error("it should have been renewed")
	}
	w.edit(certificateKind, "shop", func(o *object) { set(o, []any{"c.org"}, "spec", "dnsNames") })
	w.settled()
	if w.issued("shop-tls").VerifyHostname("c.org") != nil {
		t.Error("it should have the new name")
	}
	w.delete(secretKind, "shop-tls")
	w.settled()
	w.issued("shop-tls")
}

// TestRefusals: the certificate says why there is none, until the issuer relents.
func TestRefusals(t *testing.T) {
	w := newWorld(t, certificate).programs()
	w.settled()
	const failed = "False Failed The certificate request has failed to complete and will be retried: "
	if got := w.certificate("Issuing"); got != failed+`Referenced "ClusterIssuer" not found: ClusterIssuer.cert-manager.io "acme" not found` {
		t.Errorf("got %q", got)
	}
	w.apply(issuer)
	w.must(Refuse(w.context(), w.town.client, w.read(clusterIssuerKind, "acme"), "too many certificates"))
	w.settled()
	got := []string{w.certificate("Ready"), w.certificate("Issuing")}
	if d := cmp.Diff([]string{"False DoesNotExist Issuing certificate as Secret does not exist", failed + "too many certificates"}, got); d != "" {
		t.Error(d)
	}
	w.must(Refuse(w.context(), w.town.client, w.read(clusterIssuerKind, "acme"), ""))
	w.settled()
	if w.certificate("Issuing") != "" || !strings.HasPrefix(w.certificate("Ready"), "True") {
		t.Errorf("got %q and %q", w.certificate("Ready"), w.certificate("Issuing"))
	}

	// What is due for renewal stays ready while it is valid.
	w.must(Refuse(w.context(), w.town.client, w.read(clusterIssuerKind, "acme"), "too many certificates"))
	w.must(Hurry(w.context(), w.town.client, w.read(certificateKind, "shop"), 61*24*time.Hour))
	w.settled()
	if !strings.HasPrefix(w.certificate("Ready"), "True") || w.certificate("Issuing") == "" {
		t.Errorf("got %q and %q", w.certificate("Ready"), w.certificate("Issuing"))
	}
	w.must(Hurry(w.context(), w.town.client, w.read(certificateKind, "shop"), 30*24*time.Hour))
	w.settled()
	if !strings.HasPrefix(w.certificate("Ready"), "False Expired") {
		t.Errorf("got %q", w.certificate("Ready"))
	}
}

func TestShim(t *testing.T) {
	const annotated = "annotations: {cert-manager.io/cluster-issuer: acme}"
	for name, tc := range map[string]struct{ reason, doc, want string }{
		"Ingress":  {"An Ingress with the annotation gets a certificate.", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, " + annotated + "}\nspec: {tls: [{secretName: shop, hosts: [a.org]}]}\n", "a.org"},
		"Plain":    {"Without it there is none.", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {tls: [{secretName: shop, hosts: [a.org]}]}\n", ""},
		"Gateway":  {"A Gateway's listeners get theirs.", strings.Replace(gateway("port: 8443, protocol: HTTPS, hostname: a.org, tls: {certificateRefs: [{name: shop}]}"), "name: own", "name: own, "+annotated, 1), "a.org"},
		"Nameless": {"A listener without a name gets none.", strings.Replace(gateway("port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}"), "name: own", "name: own, "+annotated, 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, issuer, tc.doc).programs()
			w.settled()
			c := w.read(certificateKind, "shop")
			if (c != nil) != (tc.want != "") {
				t.Fatalf("%s got %v", tc.reason, c)
			}
			if c == nil {
				return
			}
			if d := cmp.Diff([]string{tc.want}, w.issued("shop").DNSNames); d != "" || len(c.GetOwnerReferences()) != 1 {
				t.Errorf("%s %s", tc.reason, d)
			}
		})
	}
}
