// Package credentials makes the cluster's own application credential and the
// clouds.yaml that Cluster API and the add-ons log in with.
//
// The secret of the credential reaches the cluster by reference. It passes
// through here once, from the connection secret into the clouds.yaml Secret,
// because clouds.yaml is one text; it is never in a spec, a status or a result.
package credentials

import (
	"encoding/base64"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	// KeyCloudConfig is the key of the clouds.yaml Secret, and the end of its
	// name.
	KeyCloudConfig = "cloud-config"
	// CloudName is the name of the only cloud in clouds.yaml.
	CloudName = "openstack"
)

// Render returns the credential and the Secret made of it.
func Render(p *plan.Cluster) (render.Set, error) {
	credential := openstack.NewApplicationCredential(openstack.ApplicationCredential{
		Name:        p.Home.Prefix,
		Description: "Kubernetes cluster " + p.Team.Name + " of " + p.Team.Namespace,
		Region:      p.Cloud.Region,
	}).At(p.Home.Namespace, p.Home.Name(plan.KeyCredential), p.Cloud.ProviderConfig)
	credential.Spec.WriteConnectionSecretToRef = &external.NameRef{Name: p.Home.Name(plan.KeyCredential)}

	named := kubernetes.NewSecret(p.Home.Namespace, p.Home.Name(KeyCloudConfig))
	config := render.Resource{Key: KeyCloudConfig, Body: named, Ready: readiness.Exists, Uses: []string{plan.KeyCredential}}
	if p.Facts.Credential.ID == "" || p.Facts.Credential.Secret == "" {
		config.Awaits = "the application credential"
	} else {
		secret, err := cloudConfig(p)
		if err != nil {
			return render.Set{}, err
		}
		config.Body = secret
	}
	return render.Set{Resources: []render.Resource{
		{Key: plan.KeyCredential, Body: credential, Ready: readiness.ManagedWithID},
		config,
	}}, nil
}

// SecretValue gives a chart of ours the secret half of the credential, by reference. All
// of them take it under the same name.
func SecretValue(p *plan.Cluster) helm.SetValue {
	return helm.SetValue{Name: "applicationCredential.secret", ValueFrom: helm.ValueFrom{
		SecretKeyRef: helm.SecretKeyRef{Name: p.Home.Name(plan.KeyCredential), Key: "attribute.secret"},
	}}
}

// cloudsYAML is the part of the format that an application credential needs.
type cloudsYAML struct {
	Clouds map[string]cloud `json:"clouds"`
}

type cloud struct {
	AuthType           string `json:"auth_type"`
	Auth               auth   `json:"auth"`
	RegionName         string `json:"region_name,omitempty"`
	Interface          string `json:"interface"`
	IdentityAPIVersion int    `json:"identity_api_version"`
}

type auth struct {
	AuthURL                     string `json:"auth_url"`
	ApplicationCredentialID     string `json:"application_credential_id"`
	ApplicationCredentialSecret string `json:"application_credential_secret"`
}

func cloudConfig(p *plan.Cluster) (*kubernetes.Secret, error) {
	text, err := yaml.Marshal(cloudsYAML{Clouds: map[string]cloud{CloudName: {
		AuthType: "v3applicationcredential",
		Auth: auth{
			AuthURL:                     p.Cloud.AuthURL,
			ApplicationCredentialID:     p.Facts.Credential.ID,
			ApplicationCredentialSecret: p.Facts.Credential.Secret.Reveal(),
		},
		RegionName:         p.Cloud.Region,
		Interface:          "public",
		IdentityAPIVersion: 3,
	}}})
	if err != nil {
		return nil, fmt.Errorf("cannot encode clouds.yaml: %w", err)
	}
	s := kubernetes.NewSecret(p.Home.Namespace, p.Home.Name(KeyCloudConfig))
	s.Data = map[string]string{"clouds.yaml": base64.StdEncoding.EncodeToString(text)}
	if p.Cloud.CACertificate != "" {
		s.Data["cacert"] = base64.StdEncoding.EncodeToString([]byte(p.Cloud.CACertificate))
	}
	// clusterctl moves only what Cluster API knows; this label makes the Secret
	// part of it.
	s.Metadata.Labels = map[string]string{"clusterctl.cluster.x-k8s.io/move": "true"}
	return s, nil
}
