package main

import (
	"github.com/skerry-dev/skerry/functions/internal/external"
)

// ingressManifest is an Ingress, with just the fields that are set.
type ingressManifest struct {
	external.Meta `json:",inline"`
	Spec          ingressSpec `json:"spec"`
}

type ingressSpec struct {
	IngressClassName string        `json:"ingressClassName"`
	TLS              []ingressTLS  `json:"tls,omitempty"`
	Rules            []ingressRule `json:"rules"`
}

type ingressTLS struct {
	Hosts      []string `json:"hosts"`
	SecretName string   `json:"secretName"`
}

type ingressRule struct {
	Host string      `json:"host"`
	HTTP ingressHTTP `json:"http"`
}

type ingressHTTP struct {
	Paths []ingressPath `json:"paths"`
}

type ingressPath struct {
	Path     string         `json:"path"`
	PathType string         `json:"pathType"`
	Backend  ingressBackend `json:"backend"`
}

type ingressBackend struct {
	Service ingressService `json:"service"`
}

type ingressService struct {
	Name string      `json:"name"`
	Port ingressPort `json:"port"`
}

type ingressPort struct {
	Number int64 `json:"number"`
}

// gatewayManifest is a Gateway of the Gateway API.
type gatewayManifest struct {
	external.Meta `json:",inline"`
	Spec          gatewaySpec `json:"spec"`
}

type gatewaySpec struct {
	GatewayClassName string            `json:"gatewayClassName"`
	Listeners        []gatewayListener `json:"listeners"`
}

type gatewayListener struct {
	Name     string     `json:"name"`
	Hostname string     `json:"hostname"`
	Port     int64      `json:"port"`
	Protocol string     `json:"protocol"`
	TLS      gatewayTLS `json:"tls"`
}

type gatewayTLS struct {
	CertificateRefs []certificateRef `json:"certificateRefs"`
}

type certificateRef struct {
	// Kind is Secret. Traefik wants it to be said.
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// routeManifest is an HTTPRoute of the Gateway API.
type routeManifest struct {
	external.Meta `json:",inline"`
	Spec          routeSpec `json:"spec"`
}

type routeSpec struct {
	ParentRefs []parentRef `json:"parentRefs"`
	Hostnames  []string    `json:"hostnames"`
	Rules      []routeRule `json:"rules"`
}

type parentRef struct {
	Name        string `json:"name"`
	Namespace   string `json:"namespace,omitempty"`
	SectionName string `json:"sectionName,omitempty"`
}

type routeRule struct {
	Matches     []routeMatch  `json:"matches"`
	Filters     []routeFilter `json:"filters,omitempty"`
	BackendRefs []backendRef  `json:"backendRefs"`
}

type routeMatch struct {
	Path routePath `json:"path"`
}

type routePath struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type routeFilter struct {
	Type         string       `json:"type"`
	ExtensionRef extensionRef `json:"extensionRef"`
}

type extensionRef struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

type backendRef struct {
	Name string `json:"name"`
	Port int64  `json:"port"`
}

// tcpRouteManifest is an IngressRouteTCP of Traefik.
type tcpRouteManifest struct {
	external.Meta `json:",inline"`
	Spec          tcpRouteSpec `json:"spec"`
}

type tcpRouteSpec struct {
	EntryPoints []string   `json:"entryPoints"`
	Routes      []tcpRoute `json:"routes"`
	TLS         tcpTLS     `json:"tls"`
}

type tcpRoute struct {
	Match       string             `json:"match"`
	Middlewares []external.NameRef `json:"middlewares,omitempty"`
	Services    []backendRef       `json:"services"`
}

type tcpTLS struct {
	Passthrough bool `json:"passthrough"`
}

// allowListManifest is a Middleware or a MiddlewareTCP of Traefik.
type allowListManifest struct {
	external.Meta `json:",inline"`
	Spec          allowListSpec `json:"spec"`
}

type allowListSpec struct {
	IPAllowList allowList `json:"ipAllowList"`
}

type allowList struct {
	SourceRange []string `json:"sourceRange"`
}

// serviceManifest is a Service of type LoadBalancer.
type serviceManifest struct {
	external.Meta `json:",inline"`
	Spec          serviceSpec `json:"spec"`
}

type serviceSpec struct {
	Type                     string            `json:"type"`
	ExternalTrafficPolicy    string            `json:"externalTrafficPolicy"`
	LoadBalancerSourceRanges []string          `json:"loadBalancerSourceRanges,omitempty"`
	Selector                 map[string]string `json:"selector"`
	Ports                    []servicePort     `json:"ports"`
}

type servicePort struct {
	Name       string `json:"name"`
	Protocol   string `json:"protocol"`
	Port       int64  `json:"port"`
	TargetPort any    `json:"targetPort"`
}

// policyManifest is a NetworkPolicy.
type policyManifest struct {
	external.Meta `json:",inline"`
	Spec          policySpec `json:"spec"`
}

type policySpec struct {
	PodSelector podSelector     `json:"podSelector"`
	PolicyTypes []string        `json:"policyTypes"`
	Ingress     []policyIngress `json:"ingress"`
}

type podSelector struct {
	MatchLabels map[string]string `json:"matchLabels,omitempty"`
}

type policyIngress struct {
	From  []policyPeer `json:"from,omitempty"`
	Ports []policyPort `json:"ports,omitempty"`
}

type policyPeer struct {
	NamespaceSelector *podSelector `json:"namespaceSelector,omitempty"`
	PodSelector       *podSelector `json:"podSelector,omitempty"`
}

type policyPort struct {
	Protocol string `json:"protocol"`
	Port     any    `json:"port"`
}
