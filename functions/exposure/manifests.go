package main

import (
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// ingressManifest is an Ingress, with just the fields that are set.
type ingressManifest struct {
	external.Meta `json:",inline"`
	Spec          ingressSpec `json:"spec"`
}

type ingressSpec struct {
	IngressClassName string        `json:"ingressClassName"`
	TLS              []ingressTLS  `json:"tls"`
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

// rule sends everything that is asked of a host name to the service.
func rule(host string, p *plan.Exposure) ingressRule {
	return ingressRule{Host: host, HTTP: ingressHTTP{Paths: []ingressPath{{
		Path:     "/",
		PathType: "Prefix",
		Backend:  ingressBackend{Service: ingressService{Name: p.Service, Port: ingressPort{Number: p.Port}}},
	}}}}
}

// certificateManifest names a Certificate of cert-manager. It is only read.
type certificateManifest struct {
	external.Meta `json:",inline"`
}
