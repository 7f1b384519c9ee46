package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// partDelivery is everything: a Storage has one condition.
const partDelivery render.Part = "Delivery"

// keyUsesCluster is the key of the Usage of the cluster.
const keyUsesCluster = "uses-cluster"

// compose renders what holds the data, what goes with it, and what keeps the
// cluster.
func compose(p *plan.Storage) (render.Set, error) {
	// Only the Jobs of a migration are ever withdrawn here.
	done := p.Migration != nil && p.Migration.Remembered
	set := render.Set{Families: []render.Family{{Prefix: plan.KeyMigration, Withdraw: done, Announced: true}}}
	switch {
	case p.Bucket != nil:
		rs, err := bucket(p)
		if err != nil {
			return set, err
		}
		set.Add(rs...)
	case p.Share != nil:
		set.Add(share(p)...)
		set.Add(volume(p))
	default:
		set.Add(volume(p))
	}
	if p.Snapshots != nil {
		set.Add(snapshots(p))
	}
	if p.Migration != nil && p.Migration.Jobs {
		set.Add(migration(p)...)
	}
	set.Add(usesCluster(p))
	for i := range set.Resources {
		set.Resources[i].Awaits = p.Awaits[set.Resources[i].Key]
	}
	render.Mark(set.Resources, "storage", partDelivery)
	set.Add(render.Usages(p.Home.Namespace, p.Home.Prefix, set.Resources)...)
	return set, nil
}

// usesCluster refuses the deletion of the KubernetesCluster while the Storage is
// there. It is a Usage of what the team deletes, not of what is composed for it:
// so `kubectl delete` says no at once, with the reason, and nothing is torn down
// by half.
//
// It names no user: Crossplane would show that instead of the reason, and keeps
// a composed Usage until its user is gone (internal/controller/protection/usage),
// so that a Storage deleted in the foreground would wait for itself. Nor is a
// refused deletion replayed when the Storage goes: who tried to delete the
// cluster weeks ago may not mean it any more.
func usesCluster(p *plan.Storage) render.Resource {
	u := kubernetes.NewUsage(p.Team.Namespace, p.Home.Name("storage", keyUsesCluster), kubernetes.UsageSpec{
		Of: kubernetes.UsageResource{
			APIVersion:  v1alpha1.APIVersion,
			Kind:        "KubernetesCluster",
			ResourceRef: external.NameRef{Name: p.Target.Name},
		},
		Reason: fmt.Sprintf("%s %s keeps its data in KubernetesCluster %s. Delete the %s first.", kind, p.Team.Name, p.Target.Name, kind),
	})
	return render.Resource{Key: keyUsesCluster, Body: u, Ready: readiness.Managed}
}

// object puts a manifest into the cluster, under policies of the kind that
// inCluster returns.
func object(p *plan.Storage, key string, policies []string, manifest any) *kubernetes.Object {
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(key), p.Target.ProviderConfig, manifest)
	o.Spec.ManagementPolicies = policies
	o.Spec.Watch = true
	return o
}

// withData are the policies of what holds data in the cluster: it goes with the
// Storage when that is asked for and the cluster answers. Through a dead API
// nothing can be deleted, and waiting for one would hold up the Storage for ever.
func withData(p *plan.Storage) []string {
	if p.Keep.Deletes() && p.Target.Ready {
		return external.DeleteToo()
	}
	return external.KeepOnDelete()
}

// withStorage are the policies of what is of no use without the Storage: its keys.
func withStorage(p *plan.Storage) []string {
	if p.Target.Ready {
		return external.DeleteToo()
	}
	return external.KeepOnDelete()
}

// onceWithStorage are the policies of Jobs, which Kubernetes lets nobody change: a
// later version, with a later image, must not try.
func onceWithStorage(p *plan.Storage) []string {
	if p.Target.Ready {
		return external.MakeOnceAndDelete()
	}
	return external.MakeOnce()
}

// inCloud are the policies of what holds data in the cloud, which can be reached
// whatever becomes of the cluster.
func inCloud(p *plan.Storage) []string {
	if p.Keep.Deletes() {
		return external.DeleteToo()
	}
	return external.KeepOnDelete()
}

// The labels of what is in the cluster: a kept volume says whose it was, and for
// how long it is to be kept, from the first moment. Functions don't run on
// deletion.
const (
	labelStorage  = "skerry.dev/storage"
	labelKeep     = "skerry.dev/keep"
	labelKeepTerm = "skerry.dev/keep-term"
)

// labels returns what says whose data it is and what becomes of it.
func labels(p *plan.Storage) map[string]string {
	l := map[string]string{labelStorage: p.Label, labelKeep: p.Keep.Policy}
	if p.Keep.Term != "" {
		l[labelKeepTerm] = p.Keep.Term
	}
	return l
}

// metadata says the same in the cloud, under keys that Manila and Swift take as
// they are.
func metadata(p *plan.Storage) map[string]string {
	m := map[string]string{"Skerry-Storage": p.Team.Namespace + "." + p.Team.Name, "Skerry-Keep": p.Keep.Policy}
	if p.Keep.Term != "" {
		m["Skerry-Keep-Term"] = p.Keep.Term
	}
	return m
}
