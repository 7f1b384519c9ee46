// Package dns publishes the host names of a cluster in the cloud's Designate,
// where the cloud has one.
//
// It knows no host name: external-dns reads them from Services, Ingresses and
// routes inside the cluster. Those of Exposures whose records are made from the
// management cluster carry an annotation that keeps it away
// (docs/decisions/0020-a-gateway-for-each-exposure.md).
package dns

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const name = "external-dns"

//go:embed values.yaml
var file []byte

var fixed = addon.Parse(file)

// Render returns the release, or nothing on a cloud without DNS. A cloud that
// loses its zone keeps what runs: its records are still there.
//
// The release doesn't own them: uninstalling it removes none, so it dies with
// the cluster. Records of a deleted cluster stay, marked with its name, unless
// what they stand for is deleted before it.
func Render(p *plan.Cluster) (render.Set, error) {
	if p.Cloud.DNSZone == "" {
		return render.Set{}, nil
	}
	release, err := addon.Render(p, addon.Release{
		Name:      name,
		Namespace: name,
		Fixed:     fixed,
		Values:    valuesOf(p),
		Secrets: []helm.SetValue{{
			Name: `secretConfiguration.data.clouds\.yaml`,
			ValueFrom: helm.ValueFrom{SecretKeyRef: helm.SecretKeyRef{
				Name: p.Home.Name(credentials.KeyCloudConfig), Key: "clouds.yaml",
			}},
		}},
		// It doesn't start without the definitions of its sources.
		After: []string{cloudprovider.Key(), addon.Key("gateway-api")},
	})
	if err != nil {
		return render.Set{}, err
	}
	return render.Set{Resources: []render.Resource{release}}, nil
}

// values are what a plan varies of the chart external-dns.
type values struct {
	Provider provider `json:"provider"`
	// DomainFilters keep it in the platform's zone.
	DomainFilters []string `json:"domainFilters"`
	// TXTOwnerID marks the records of this cluster: several share a zone.
	TXTOwnerID          string               `json:"txtOwnerId"`
	SecretConfiguration *secretConfiguration `json:"secretConfiguration,omitempty"`
}

type provider struct {
	Webhook webhook `json:"webhook"`
}

type webhook struct {
	Image image    `json:"image"`
	Args  []string `json:"args"`
	Env   []env    `json:"env,omitempty"`
}

type image struct {
	Tag string `json:"tag"`
}

type env struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type secretConfiguration struct {
	// Data are files beside clouds.yaml.
	Data map[string]string `json:"data"`
}

// caFile holds the certificates that the cloud's APIs are trusted by.
const caFile = "ca.pem"

func valuesOf(p *plan.Cluster) *values {
	v := &values{
		Provider: provider{webhook{
			Image: image{Tag: p.Addons[name].ImageTag},
			Args:  []string{"--domain-filter=" + p.Cloud.DNSZone},
		}},
		DomainFilters: []string{p.Cloud.DNSZone},
		TXTOwnerID:    p.Home.Prefix,
	}
	if p.Cloud.CACertificate != "" {
		v.SecretConfiguration = &secretConfiguration{Data: map[string]string{caFile: p.Cloud.CACertificate}}
		// Go programs read this file besides the image's own authorities. A file
		// of the node's would need the right to mount the host's folders.
		v.Provider.Webhook.Env = []env{{Name: "SSL_CERT_FILE", Value: "/etc/openstack/" + caFile}}
	}
	return v
}
