// Package cloudprovider installs the cloud controller manager of OpenStack: it
// initialises nodes, removes those whose machine is gone, and makes load
// balancers for Services. Its configuration also serves Cinder's CSI driver.
//
// It must be alive, with a credential that works, while the Services of other
// releases are deleted: it is what deletes their load balancers. So it never
// leaves the cluster by itself, and dies with it.
package cloudprovider

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const name = "cloud-controller-manager"

//go:embed values.yaml
var valuesYAML []byte

var fixed = addon.Parse(valuesYAML)

// Key returns the key of the release after which nodes take pods.
func Key() string { return addon.Key(name) }

// Render returns the release. It doesn't wait for its pods: one that waited too
// long would be uninstalled and installed again, with the Secret that others
// mount. What nodes and Services are like says whether it works.
func Render(p *plan.Cluster) (render.Set, error) {
	r, err := addon.Render(p, addon.Release{
		Name:      name,
		Namespace: "kube-system",
		Fixed:     fixed,
		Values:    valuesOf(p),
		Secrets: []helm.SetValue{{
			Name: "cloudConfig.global.application-credential-secret",
			ValueFrom: helm.ValueFrom{SecretKeyRef: helm.SecretKeyRef{
				Name: p.Home.Name(plan.KeyCredential),
				Key:  "attribute.secret",
			}},
		}},
	})
	if err != nil {
		return render.Set{}, err
	}
	// An id that is lost for a moment must not change what runs.
	if missing := awaits(p); missing != "" {
		r.Awaits, r.Body = missing, nil
	}
	return render.Set{Resources: []render.Resource{r}}, nil
}

// awaits names what the configuration can't be written without.
func awaits(p *plan.Cluster) string {
	switch {
	case p.Facts.Credential.ID == "":
		return "the id of the application credential"
	case !p.Facts.Network.Known():
		return "the id of the network"
	}
	return ""
}
