package storageclasses

import (
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

const (
	// rolledBy is an annotation that makes pods start anew when the cluster gets another
	// credential: the driver reads cloud.conf once.
	rolledBy = "skerry.dev/application-credential"
)

// cinderValues are what a plan varies of the chart openstack-cinder-csi.
type cinderValues struct {
	CSI cinderCSI `json:"csi"`
	// ClusterID is written into the metadata of every volume. Cleaning up after
	// a deleted cluster goes by it, so it must be the name of the Cluster.
	ClusterID string `json:"clusterID"`
}

type cinderCSI struct {
	Provisioner cinderProvisioner `json:"provisioner"`
	Plugin      cinderPlugin      `json:"plugin"`
}

type cinderProvisioner struct {
	// Topology is "true" or "false".
	Topology string `json:"topology"`
}

type cinderPlugin struct {
	// ExtraArgs of the driver, as a YAML list in a string.
	ExtraArgs        string           `json:"extraArgs,omitempty"`
	Volumes          []hostFile       `json:"volumes,omitempty"`
	VolumeMounts     []mount          `json:"volumeMounts,omitempty"`
	ControllerPlugin cinderController `json:"controllerPlugin"`
	NodePlugin       annotatedPods    `json:"nodePlugin"`
}

type cinderController struct {
	annotatedPods `json:",inline"`
	Replicas      int32 `json:"replicas"`
}

type annotatedPods struct {
	PodAnnotations map[string]string `json:"podAnnotations"`
}

type hostFile struct {
	Name     string   `json:"name"`
	HostPath hostPath `json:"hostPath"`
}

type hostPath struct {
	Path string `json:"path"`
	Type string `json:"type"`
}

type mount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
	ReadOnly  bool   `json:"readOnly"`
}

// cinder is the driver of volumes. Its node part asks for the node's id and
// zone: on the config drive, then at the metadata service, which it reaches
// because it is in the host's network, where no policy for pods applies.
func cinder(p *plan.Cluster) addon.Release {
	v := &cinderValues{
		ClusterID: p.Home.Prefix,
		CSI: cinderCSI{
			Provisioner: cinderProvisioner{Topology: yes},
			Plugin: cinderPlugin{
				ControllerPlugin: cinderController{annotatedPods: credentialOf(p), Replicas: p.Replicas.Count},
				NodePlugin:       credentialOf(p),
			},
		},
	}
	if len(p.Cloud.Zones) == 0 || p.Cloud.VolumeZone != "" {
		v.CSI.Provisioner.Topology = "false"
		v.CSI.Plugin.ExtraArgs = "- --with-topology=false"
	}
	if p.Cloud.CACertificate != "" {
		v.CSI.Plugin.Volumes = []hostFile{{Name: "cloud-ca", HostPath: hostPath{Path: plan.CloudCAFile, Type: "File"}}}
		v.CSI.Plugin.VolumeMounts = []mount{
			{Name: "cloud-config", MountPath: "/etc/config", ReadOnly: true},
			{Name: "cloud-ca", MountPath: plan.CloudCAFile, ReadOnly: true},
		}
	}
	return addon.Release{
		Name:      "cinder-csi",
		Namespace: namespace,
		Fixed:     cinderFixed,
		Values:    v,
		After:     []string{cloudprovider.Key(), addon.Key(snapshotController)},
	}
}

// credentialOf marks pods with the id of the credential, which isn't secret.
func credentialOf(p *plan.Cluster) annotatedPods {
	return annotatedPods{PodAnnotations: map[string]string{rolledBy: p.Facts.Credential.ID}}
}
