// Package upgradechecks has the cluster itself say what can't be seen from outside and
// would hinder an upgrade: APIs in use that the next minor has no more, and a project
// without room for one more machine.
//
// It doesn't know what that means for an upgrade: the plan reads what was found.
package upgradechecks

import (
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	// name of the add-on, and of all that is in its chart.
	name = "upgrade-checks"
	// namespace in clusters that policies leave alone: its pods ask the cloud.
	namespace = "kube-system"
)

// values are the values of our chart upgrade-checks, but for the secret part.
type values struct {
	Schedule                 string                `json:"schedule"`
	Image                    string                `json:"image"`
	AuthURL                  string                `json:"authURL"`
	Region                   string                `json:"region,omitempty"`
	ApplicationCredential    applicationCredential `json:"applicationCredential"`
	CertificateAuthorityFile string                `json:"certificateAuthorityFile,omitempty"`
}

type applicationCredential struct {
	ID string `json:"id"`
}

// Render returns the release, and what it has found. Nobody waits for that: a cluster
// is of use without.
func Render(p *plan.Cluster) (render.Set, error) {
	v := &values{
		Schedule: p.Checks.Schedule, Image: p.Checks.Image, AuthURL: p.Cloud.AuthURL, Region: p.Cloud.Region,
		ApplicationCredential: applicationCredential{ID: p.Facts.Credential.ID},
	}
	if p.Cloud.CACertificate != "" {
		v.CertificateAuthorityFile = plan.CloudCAFile
	}
	release, err := addon.Render(p, addon.Release{
		Name: name, Namespace: namespace, Values: v, AtOnce: true, After: []string{cni.Key(p)},
		Secrets: []helm.SetValue{credentials.SecretValue(p)},
	})
	if err != nil {
		return render.Set{}, err
	}
	release.Key = name
	found := addon.Observed(p, plan.KeyUpgradeChecks, kubernetes.NewConfigMap(namespace, name, nil))
	found.Ready, found.After = readiness.Exists, []string{release.Key}
	return render.Set{Resources: []render.Resource{release, found}}, nil
}
