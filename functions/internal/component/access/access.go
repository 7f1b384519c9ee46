// Package access lets people in: the team's kubeconfig without a secret in it,
// the right to read just that, and the roles of its groups in the cluster.
package access

import (
	"encoding/base64"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	keyKubeconfig  = "team-kubeconfig"
	keyRole        = "team-kubeconfig-role"
	keyRoleBinding = "team-kubeconfig-role-binding"
	keyAdmins      = "access-admins"
	keyViewers     = "access-viewers"

	// KubeconfigKey is the key of the kubeconfig in its Secret.
	KubeconfigKey = "kubeconfig"
)

// KubeconfigName returns the name of the team's kubeconfig Secret. It isn't
// <name>-kubeconfig: that is Cluster API's, with an admin certificate in it, and
// in the namespaced package both would be the same.
func KubeconfigName(p *plan.Cluster) string { return p.Team.Name + "-oidc-kubeconfig" }

// Render returns what lets people in.
func Render(p *plan.Cluster) (render.Set, error) {
	var s render.Set
	s.Add(rootCA(p))
	s.Add(
		roleInCluster(p, keyAdmins, "cluster-admin", p.Access.AdminGroups),
		roleInCluster(p, keyViewers, "view", p.Access.ViewerGroups),
	)
	// Without an identity provider or groups there is nothing to hand out.
	s.Families = []render.Family{{Prefix: keyKubeconfig, Withdraw: true}}
	if p.Access.OIDC == nil {
		return s, nil
	}
	config, err := kubeconfig(p)
	if err != nil {
		return s, err
	}
	s.Add(config)
	s.Add(mayRead(p)...)
	return s, nil
}

// rootCA observes the public certificate of the cluster's API, which Kubernetes
// publishes in every namespace. The Secret that Cluster API keeps it in holds
// the private key too, so that one is never read.
func rootCA(p *plan.Cluster) render.Resource {
	return addon.Observed(p, plan.KeyRootCA, kubernetes.NewConfigMap("default", "kube-root-ca.crt", nil))
}

// roleInCluster binds groups to a role inside the cluster. A binding without
// groups is made too: an Object leaves what it made in the cluster when it goes,
// so a binding that went would go on to let its groups in.
func roleInCluster(p *plan.Cluster, key, role string, groups []string) render.Resource {
	return addon.Object(p, key, kubernetes.NewClusterRoleBinding("skerry:"+key, role, groups))
}

// mayRead lets the groups read their kubeconfig, and nothing else.
func mayRead(p *plan.Cluster) []render.Resource {
	groups := append(append([]string{}, p.Access.AdminGroups...), p.Access.ViewerGroups...)
	if len(groups) == 0 {
		return nil
	}
	name := KubeconfigName(p)
	return []render.Resource{
		{
			Key:   keyRole,
			Ready: readiness.Exists,
			Body: kubernetes.NewRole(p.Team.Namespace, name, kubernetes.PolicyRule{
				APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{name}, Verbs: []string{"get"},
			}),
		},
		{
			Key:   keyRoleBinding,
			Ready: readiness.Exists,
			Body:  kubernetes.NewRoleBinding(p.Team.Namespace, name, name, groups),
		},
	}
}

// kubeconfig makes the team's kubeconfig. It holds the address and the public
// certificate of the API; people log in at the identity provider.
func kubeconfig(p *plan.Cluster) (render.Resource, error) {
	s := kubernetes.NewSecret(p.Team.Namespace, KubeconfigName(p))
	r := render.Resource{Key: keyKubeconfig, Body: s, Ready: readiness.Exists}
	if p.Facts.RootCA == "" || p.Facts.Machines.Endpoint == "" {
		r.Awaits = "the address and the certificate of the Kubernetes API"
		return r, nil
	}
	text, err := yaml.Marshal(config(p))
	if err != nil {
		return r, fmt.Errorf("cannot encode the kubeconfig: %w", err)
	}
	s.Data = map[string]string{KubeconfigKey: base64.StdEncoding.EncodeToString(text)}
	return r, nil
}
