package residents

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// term of a certificate that doesn't say how long it is to last.
	term = 90 * 24 * time.Hour
	// A certificate is looked at this often: its Secret isn't watched.
	certificateLook = 5 * time.Second
)

func readyIssuer(ctx context.Context, t *town, o *object) (time.Duration, error) {
	return 0, saveStatus(ctx, t, o, func(o *object) {
		setConditions(t, o, verdict{"Ready", true, "IsReady", "The issuer is ready"})
	})
}

// issue gives a Certificate its Secret, and renews it in time.
func issue(ctx context.Context, t *town, o *object) (time.Duration, error) {
	if o.GetDeletionTimestamp() != nil {
		return 0, nil
	}
	now := t.clock(o)
	secret, err := get(ctx, t.client, secretKind, o.GetNamespace(), text(o, "spec", "secretName"))
	if err != nil {
		return 0, err
	}
	reason, why := wrong(o, secret, now)
	if reason == "" {
		return certificateLook, nil
	}
	refusal, err := t.refusal(ctx, o)
	if err != nil {
		return 0, err
	}
	if refusal != "" {
		usable := secret != nil && reason == "Renewing"
		return certificateLook, saveStatus(ctx, t, o, func(o *object) {
			if !usable {
				setConditions(t, o, verdict{"Ready", false, reason, why})
			}
			setConditions(t, o, verdict{"Issuing", false, "Failed", "The certificate request has failed to complete and will be retried: " + refusal})
		})
	}
	made, err := sign(texts(o, "spec", "dnsNames"), now, duration(o, term, "spec", "duration"))
	if err != nil {
		return 0, err
	}
	if err := t.keep(ctx, o, made); err != nil {
		return 0, err
	}
	return certificateLook, saveStatus(ctx, t, o, func(o *object) {
		set(o, stamp(made.leaf.NotBefore), "status", "notBefore")
		set(o, stamp(made.leaf.NotAfter), "status", "notAfter")
		set(o, stamp(renewal(o, made.leaf)), "status", "renewalTime")
		revision, _ := nested(o, "status", "revision").(int64)
		set(o, revision+1, "status", "revision")
		kept := slices.DeleteFunc(items(o, "status", "conditions"), func(c map[string]any) bool { return c["type"] == "Issuing" })
		set(o, judge(t, anyMaps(kept), o.GetGeneration(), verdict{"Ready", true, "Ready", "Certificate is up to date and has not expired"}), "status", "conditions")
	})
}

// wrong returns why a Certificate isn't as it should be, and nothing when it is.
func wrong(o, secret *object, now time.Time) (reason, why string) {
	if secret == nil {
		return "DoesNotExist", "Issuing certificate as Secret does not exist"
	}
	s, err := typed[corev1.Secret](secret)
	if err != nil {
		return "InvalidCertificate", err.Error()
	}
	block, _ := pem.Decode(s.Data[corev1.TLSCertKey])
	if block == nil {
		return "InvalidCertificate", "Issuing certificate as Secret contains an invalid certificate"
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "InvalidCertificate", err.Error()
	}
	want := slices.Sorted(slices.Values(texts(o, "spec", "dnsNames")))
	switch {
	case !slices.Equal(want, slices.Sorted(slices.Values(leaf.DNSNames))):
		return "SecretMismatch", "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]"
	case now.After(leaf.NotAfter):
		return "Expired", "Certificate expired on " + stamp(leaf.NotAfter)
	case now.After(renewal(o, leaf)):
		return "Renewing", "Renewing certificate as renewal was scheduled at " + stamp(renewal(o, leaf))
	}
	ready := slices.ContainsFunc(items(o, "status", "conditions"), func(c map[string]any) bool {
		return c["type"] == "Ready" && c["status"] == "True" && c["observedGeneration"] == o.GetGeneration()
	})
	if !ready {
		return "Pending", "Issuing certificate as its status isn't that of its spec"
	}
	return "", ""
}

// renewal is when a certificate is to be renewed, after two thirds of its term unless
// it says otherwise.
func renewal(o *object, leaf *x509.Certificate) time.Time {
	third := leaf.NotAfter.Sub(leaf.NotBefore) / 3
	return leaf.NotAfter.Add(-duration(o, third, "spec", "renewBefore"))
}

func duration(o *object, otherwise time.Duration, path ...string) time.Duration {
	d, err := time.ParseDuration(text(o, path...))
	if err != nil {
		return otherwise
	}
	return d
}

// refusal returns why the Certificate's issuer doesn't sign, "" if it does.
func (t *town) refusal(ctx context.Context, o *object) (string, error) {
	kind, namespace := issuerKind, o.GetNamespace()
	if text(o, "spec", "issuerRef", "kind") == clusterIssuerKind.Kind {
		kind, namespace = clusterIssuerKind, ""
	}
	name := text(o, "spec", "issuerRef", "name")
	issuer, err := get(ctx, t.client, kind, namespace, name)
	if err != nil {
		return "", err
	}
	if issuer == nil {
		return fmt.Sprintf("Referenced %q not found: %s.cert-manager.io %q not found", kind.Kind, kind.Kind, name), nil
	}
	return issuer.GetAnnotations()[refusalMark], nil
}

// signed is a certificate with its key, in PEM.
type signed struct {
	certificate, key []byte
	leaf             *x509.Certificate
}

// sign makes a certificate for the names, that signs itself.
func sign(names []string, now time.Time, lasts time.Duration) (signed, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return signed{}, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return signed{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "stands in for a trusted one"}, DNSNames: names,
		NotBefore: now.Truncate(time.Second), NotAfter: now.Truncate(time.Second).Add(lasts),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return signed{}, err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return signed{}, err
	}
	out := signed{key: block("EC PRIVATE KEY", private), certificate: block("CERTIFICATE", der)}
	out.leaf, err = x509.ParseCertificate(der)
	return out, err
}

func block(kind string, data []byte) []byte {
	var b bytes.Buffer
	// Writing to memory doesn't fail.
	_ = pem.Encode(&b, &pem.Block{Type: kind, Bytes: data})
	return b.Bytes()
}

// keep writes a certificate into its Secret.
func (t *town) keep(ctx context.Context, o *object, c signed) error {
	s := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: o.GetNamespace(), Name: text(o, "spec", "secretName"),
			Labels: map[string]string{"controller.cert-manager.io/fao": "true"},
			Annotations: map[string]string{
				"cert-manager.io/certificate-name": o.GetName(), "cert-manager.io/issuer-name": text(o, "spec", "issuerRef", "name"),
				"cert-manager.io/issuer-kind": text(o, "spec", "issuerRef", "kind"),
			},
		},
		Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: c.certificate, corev1.TLSPrivateKeyKey: c.key},
	}
	err := t.client.Create(ctx, s)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	have := &corev1.Secret{}
	if err := t.client.Get(ctx, client.ObjectKeyFromObject(s), have); err != nil {
		return err
	}
	before := have.DeepCopy()
	have.Data = s.Data
	return t.client.Patch(ctx, have, client.MergeFrom(before))
}

// issuerMarks are the annotations that order certificates, and the kinds of issuers
// that they name.
var issuerMarks = map[string]schema.GroupVersionKind{"cert-manager.io/cluster-issuer": clusterIssuerKind, "cert-manager.io/issuer": issuerKind}

// orderCertificates makes the Certificates of an Ingress that has cert-manager's
// annotation.
func orderCertificates(ctx context.Context, t *town, o *object) (time.Duration, error) {
	wanted := map[string][]string{}
	for _, tls := range items(o, "spec", "tls") {
		if name := str(tls, "secretName"); name != "" {
			wanted[name] = append(wanted[name], texts(&object{Object: tls}, "hosts")...)
		}
	}
	return 0, t.order(ctx, o, wanted)
}

// orderForListeners does so for a Gateway or a ListenerSet.
func orderForListeners(ctx context.Context, t *town, o *object) (time.Duration, error) {
	wanted := map[string][]string{}
	for _, l := range items(o, "spec", "listeners") {
		tls, _ := l["tls"].(map[string]any)
		if str(l, "hostname") == "" || str(tls, "mode") == "Passthrough" {
			continue
		}
		for _, ref := range mapsOf(tls["certificateRefs"]) {
			wanted[str(ref, "name")] = append(wanted[str(ref, "name")], str(l, "hostname"))
		}
	}
	return 0, t.order(ctx, o, wanted)
}

// order makes or changes the Certificates of an object: names by Secret.
func (t *town) order(ctx context.Context, o *object, wanted map[string][]string) error {
	for mark, kind := range issuerMarks {
		issuer := o.GetAnnotations()[mark]
		if issuer == "" || o.GetDeletionTimestamp() != nil {
			continue
		}
		for name, hosts := range wanted {
			if err := t.orderOne(ctx, o, name, hosts, kind.Kind, issuer); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *town) orderOne(ctx context.Context, o *object, name string, hosts []string, kind, issuer string) error {
	c, err := get(ctx, t.client, certificateKind, o.GetNamespace(), name)
	if err != nil {
		return err
	}
	edit := func(c *object) {
		set(c, name, "spec", "secretName")
		set(c, anyStrings(hosts), "spec", "dnsNames")
		set(c, map[string]any{"group": certificateKind.Group, "kind": kind, "name": issuer}, "spec", "issuerRef")
		set(c, []any{"digital signature", "key encipherment"}, "spec", "usages")
	}
	if c != nil {
		if !metav1.IsControlledBy(c, o) {
			return nil // as cert-manager, which leaves other people's alone
		}
		return save(ctx, t, c, edit)
	}
	c = named(certificateKind, o.GetNamespace(), name)
	c.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(o, o.GroupVersionKind())})
	edit(c)
	return t.client.Create(ctx, c)
}
