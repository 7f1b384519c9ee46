package certificates

import (
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// clusterIssuer is the part of cert-manager's ClusterIssuer that is set here.
type clusterIssuer struct {
	external.Meta `json:",inline"`
	Spec          issuerSpec `json:"spec"`
}

type issuerSpec struct {
	ACME       *acmeSpec `json:"acme,omitempty"`
	SelfSigned *struct{} `json:"selfSigned,omitempty"`
}

type acmeSpec struct {
	Server string `json:"server"`
	// Email may be empty.
	Email               string           `json:"email,omitempty"`
	PrivateKeySecretRef external.NameRef `json:"privateKeySecretRef"`
	Solvers             []solver         `json:"solvers"`
}

type solver struct {
	HTTP01 http01 `json:"http01"`
}

type http01 struct {
	Ingress ingressSolver `json:"ingress"`
}

type ingressSolver struct {
	IngressClassName string          `json:"ingressClassName"`
	ServiceType      string          `json:"serviceType"`
	IngressTemplate  ingressTemplate `json:"ingressTemplate"`
}

type ingressTemplate struct {
	Metadata templateMetadata `json:"metadata"`
}

type templateMetadata struct {
	Annotations map[string]string `json:"annotations"`
}

// acme is the issuer that proves a host name by answering on its port 80.
// Certificates of Gateways are proved the same way: one Ingress for a minute,
// whatever serves the host otherwise. Wildcards can't be proved like this.
func acme(c plan.Certificates) *clusterIssuer {
	return newIssuer(Issuer, issuerSpec{ACME: &acmeSpec{
		Server: c.ACMEServer,
		Email:  c.Email,
		// The account lives in cert-manager's namespace. A new key would be a
		// new account, with rate limits of its own.
		PrivateKeySecretRef: external.NameRef{Name: Issuer + "-account"},
		Solvers: []solver{{http01{ingressSolver{
			IngressClassName: ingress.Class,
			// The default opens a port on every node.
			ServiceType: "ClusterIP",
			IngressTemplate: ingressTemplate{templateMetadata{map[string]string{
				// Other Ingresses are on port 443 only.
				"traefik.ingress.kubernetes.io/router.entrypoints": ingress.EntryPoint,
				// Above every route of the same host: a Gateway's rule for an
				// exact path has a bit more than 100,000.
				"traefik.ingress.kubernetes.io/router.priority": "1000000",
			}}},
		}}}},
	}})
}

// selfSigned is the issuer for names that nobody can look up.
func selfSigned() *clusterIssuer {
	return newIssuer(SelfSigned, issuerSpec{SelfSigned: &struct{}{}})
}

func newIssuer(name string, spec issuerSpec) *clusterIssuer {
	return &clusterIssuer{
		Meta: external.Meta{APIVersion: "cert-manager.io/v1", Kind: "ClusterIssuer", Metadata: external.ObjectMeta{Name: name}},
		Spec: spec,
	}
}
