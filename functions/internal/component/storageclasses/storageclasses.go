// Package storageclasses makes storage in a cluster: the drivers for Cinder
// and, where the cloud has it, Manila, and the classes that teams name.
//
// What it makes is never withdrawn: a driver that goes takes every mounted
// volume along. A cloud that loses its shares keeps what runs.
//
// It doesn't know volumes: those are made by claims inside the cluster.
package storageclasses

import (
	"embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	// ClassRWO is the name of the StorageClass of volumes, the default one, and
	// of their VolumeSnapshotClass.
	ClassRWO = plan.ClassRWO
	// ClassRWX is the name of the StorageClass of shares, and of their
	// VolumeSnapshotClass.
	ClassRWX = plan.ClassRWX

	namespace = "kube-system"

	snapshotController = "snapshot-controller"
	snapshotScheduler  = "snapscheduler"
)

//go:embed values
var files embed.FS

var (
	snapshotControllerFixed = parse(snapshotController)
	schedulerFixed          = parse(snapshotScheduler)
	cinderFixed             = parse("cinder-csi")
	nfsFixed                = parse("csi-driver-nfs")
	manilaFixed             = parse("manila-csi")
)

func parse(name string) addon.Values {
	text, err := files.ReadFile("values/" + name + ".yaml")
	if err != nil {
		panic(err) // The file is embedded.
	}
	return addon.Parse(text)
}

// Render returns the drivers and the classes.
func Render(p *plan.Cluster) (render.Set, error) {
	set, err := releases(p, snapshots(p), cinder(p), scheduler(p))
	if err != nil {
		return render.Set{}, err
	}
	set.Add(blockClasses(p)...)
	if p.Cloud.ShareType == "" {
		return set, nil
	}
	shares, err := releases(p, nfs(), login(p), manila(p))
	if err != nil {
		return render.Set{}, err
	}
	set.Join(shares)
	set.Add(shareClasses(p)...)
	return set, nil
}

// logsIn are the releases that hold the id of the credential. While it isn't
// known they stay as they are: without it in their annotations, pods would start
// anew for nothing.
var logsIn = map[string]bool{"cinder-csi": true, "openstack-credentials": true}

func releases(p *plan.Cluster, rs ...addon.Release) (render.Set, error) {
	var set render.Set
	for _, r := range rs {
		resource, err := addon.Render(p, r)
		if err != nil {
			return render.Set{}, err
		}
		if logsIn[r.Name] && resource.Awaits == "" && p.Facts.Credential.ID == "" {
			resource.Awaits, resource.Body = "the id of the application credential", nil
		}
		set.Add(resource)
	}
	return set, nil
}

// snapshotValues are what a plan varies of the chart snapshot-controller.
type snapshotValues struct {
	Controller snapshotControllerValues `json:"controller"`
}

type snapshotControllerValues struct {
	ReplicaCount int32 `json:"replicaCount"`
	// PDB is the spec of a disruption budget; the chart makes one when it isn't
	// empty.
	PDB                       *budgetSpec        `json:"pdb,omitempty"`
	TopologySpreadConstraints []addon.Constraint `json:"topologySpreadConstraints,omitempty"`
}

type budgetSpec struct {
	MaxUnavailable int32 `json:"maxUnavailable"`
}

func snapshots(p *plan.Cluster) addon.Release {
	v := snapshotControllerValues{
		ReplicaCount: p.Replicas.Count,
		TopologySpreadConstraints: addon.Spread(p, map[string]string{
			"app.kubernetes.io/name": snapshotController, "app.kubernetes.io/instance": snapshotController,
		}),
	}
	if b := addon.DisruptionBudget(p); b != nil {
		v.PDB = &budgetSpec{MaxUnavailable: b.MaxUnavailable}
	}
	return addon.Release{
		Name:      snapshotController,
		Namespace: namespace,
		Fixed:     snapshotControllerFixed,
		Values:    &snapshotValues{Controller: v},
		After:     []string{cloudprovider.Key()},
	}
}
