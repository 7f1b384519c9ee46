// Package addon makes the Helm releases of add-ons: the chart from the
// catalogue, values from the add-on's own folder, the platform's on top.
//
// It knows no add-on by name.
package addon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Release is one Helm release that an add-on wants.
type Release struct {
	// Name of the add-on in the catalogue; the release has it too.
	Name string
	// Namespace in the cluster.
	Namespace string
	// Fixed values: what never varies, from the values.yaml beside the add-on.
	Fixed Values
	// Values that the plan varies: a struct with JSON tags. They win over Fixed.
	Values any
	// Secrets are values that are read from Secrets on the management cluster.
	Secrets []helm.SetValue
	// After are keys of resources that must be ready first.
	After []string
	// OwnsCloud says that the release owns resources in the cloud, such as load
	// balancers. It is then deleted before the cluster, and waited for; others
	// die with it.
	OwnsCloud bool
	// OnManagement installs it on the management cluster, for this cluster.
	OnManagement bool
	// AtOnce changes it at any time, not only in a maintenance window: for what
	// restarts nothing that anybody notices, or what others need to go on.
	AtOnce bool
}

// Values is a parsed values.yaml. It is shared: never change it.
type Values map[string]any

// Parse parses an embedded values.yaml and panics when it is broken, which a
// test of the add-on shows.
func Parse(file []byte) Values {
	v := Values{}
	if err := yaml.UnmarshalStrict(file, &v); err != nil {
		panic(fmt.Sprintf("an embedded values.yaml is broken: %v", err))
	}
	return v
}

const (
	// rollbackLimit is how often provider-helm tries a release again that failed,
	// or that it was interrupted in. Without one it takes the release as up to
	// date and never touches it again (provider-helm v1.3.0,
	// pkg/controller/namespaced/release/release.go).
	//
	// To try again it rolls back, but uninstalls a first revision. So releases
	// don't wait for their pods, unless uninstalling loses nothing: pods that
	// start slowly must not cost the definitions in the chart, and the objects
	// with them that teams have made meanwhile.
	rollbackLimit int32 = 1000
	// waitTimeout is less than the ten minutes after which provider-helm gives
	// up a reconcile and loses the outcome.
	waitTimeout = "9m"
	// maxReleaseName is the longest name of a release that Helm takes.
	maxReleaseName = 53
)

// Key returns the key of an add-on's release.
func Key(name string) string { return "addon-" + name }

// Render returns the release as a resource.
func Render(p *plan.Cluster, r Release) (render.Resource, error) {
	a, ok := p.Addons[r.Name]
	if !ok {
		return render.Resource{}, fmt.Errorf("cannot render add-on %q: the catalogue (catalog/defaults.yaml) has no entry for it", r.Name)
	}
	values, err := merged(r.Fixed, r.Values, a.Values)
	if err != nil {
		return render.Resource{}, fmt.Errorf("cannot render add-on %q: %w", r.Name, err)
	}
	rel := helm.NewRelease(p.Home.Namespace, p.Home.Name(r.Name))
	if r.OnManagement {
		rel.Spec.ProviderConfigRef = p.ManagementProviderConfig
		rel.Metadata.Annotations = externalName(shortened(rel.Metadata.Name))
	} else {
		rel.Spec.ProviderConfigRef = WorkloadProviderConfig(p)
		rel.Metadata.Annotations = externalName(r.Name)
	}
	if a.Minor != "" {
		rel.Metadata.Annotations[external.KubernetesMinorAnnotation] = a.Minor
	}
	limit := rollbackLimit
	rel.Spec.RollbackLimit = &limit
	rel.Spec.ForProvider = helm.ReleaseParameters{
		Namespace:  r.Namespace,
		Chart:      helm.Chart{Name: a.Chart, Repository: a.Repository, Version: a.Version},
		MaxHistory: 3,
		Values:     values,
		Set:        r.Secrets,
	}
	if r.OwnsCloud {
		rel.Spec.ForProvider.Wait, rel.Spec.ForProvider.WaitTimeout = true, waitTimeout
	}
	out := render.Resource{Key: Key(r.Name), Body: rel, Ready: readiness.Managed, After: r.After, Urgent: a.Urgent}
	if !r.AtOnce {
		out.Maintained = "addon/" + r.Name
	}
	inCluster(&rel.Spec.ManagementPolicies, &out, p, r.OwnsCloud, r.OnManagement)
	return out, nil
}

func externalName(name string) map[string]string {
	return map[string]string{"crossplane.io/external-name": name}
}

// shortened returns a name that Helm takes. On the management cluster names
// begin with the composite's, which alone may have 50 characters. The end says
// what was cut off, so that two long names stay different.
func shortened(name string) string {
	if len(name) <= maxReleaseName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := "-" + hex.EncodeToString(sum[:4])
	return strings.TrimRight(name[:maxReleaseName-len(hash)], "-.") + hash
}

// inCluster says how the resource dies. One that lives in the cluster dies with
// it and must not be deleted through a dead API; one that owns resources in the
// cloud is deleted first, and the cluster waits for it (rule 5).
func inCluster(policies *[]string, r *render.Resource, p *plan.Cluster, ownsCloud, onManagement bool) {
	if onManagement {
		return
	}
	if !p.Facts.Machines.Reachable {
		r.Awaits = "the Kubernetes API of the cluster"
	}
	if ownsCloud {
		r.Uses = append(r.Uses, plan.KeyCluster)
		return
	}
	*policies = external.KeepOnDelete()
}

// Object returns an object inside the cluster as a resource. The key names it
// for life; the manifest is a struct that embeds external.Meta, or a map.
func Object(p *plan.Cluster, key string, manifest any, after ...string) render.Resource {
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(key), WorkloadProviderConfig(p), manifest)
	r := render.Resource{Key: key, Body: o, Ready: readiness.Managed, After: after}
	inCluster(&o.Spec.ManagementPolicies, &r, p, false, false)
	return r
}

// Observed returns an object inside the cluster that is read and never written.
func Observed(p *plan.Cluster, key string, manifest any) render.Resource {
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(key), WorkloadProviderConfig(p), manifest)
	r := render.Resource{Key: key, Body: o, Ready: readiness.Managed}
	inCluster(&o.Spec.ManagementPolicies, &r, p, false, false)
	o.Spec.ManagementPolicies = external.ObserveOnly()
	return r
}

// Collected returns what finds objects inside the cluster whose names can't be foreseen.
// They are read and never written. Whether any are found, nothing depends on.
func Collected(p *plan.Cluster, key string, of kubernetes.Criteria) render.Resource {
	r := render.Resource{
		Key: key, Body: kubernetes.NewCollection(p.Home.Namespace, p.Home.Name(key), WorkloadProviderConfig(p), of), Ready: readiness.Exists,
	}
	if !p.Facts.Machines.Reachable {
		r.Awaits = "the Kubernetes API of the cluster"
	}
	return r
}

// WorkloadProviderConfig names the provider configuration that reaches the
// cluster.
func WorkloadProviderConfig(p *plan.Cluster) external.ProviderConfigRef {
	return external.ProviderConfigRef{Kind: "ProviderConfig", Name: p.Home.Prefix}
}

// merged lays the values over each other: fixed, then the plan's, then the
// platform's.
func merged(fixed Values, varied any, platform map[string]any) (map[string]any, error) {
	out := runtime.DeepCopyJSON(fixed)
	if varied != nil {
		v, err := runtime.DefaultUnstructuredConverter.ToUnstructured(varied)
		if err != nil {
			return nil, fmt.Errorf("cannot encode values: %w", err)
		}
		out = lay(out, v)
	}
	return lay(out, platform), nil
}

// lay puts over on top of base, map by map, and returns base. Lists and scalars
// are replaced, as Helm does it.
func lay(base, over map[string]any) map[string]any {
	if base == nil {
		base = map[string]any{}
	}
	for k, v := range over {
		sub, isMap := v.(map[string]any)
		if have, both := base[k].(map[string]any); isMap && both {
			base[k] = lay(have, sub)
			continue
		}
		base[k] = runtime.DeepCopyJSONValue(v)
	}
	return base
}
