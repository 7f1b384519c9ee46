package clusterapi

import (
	_ "embed"
	"maps"
	"strings"

	capi "github.com/skerry-dev/skerry/functions/internal/external/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// podSecurityPath is where the API server reads the Pod Security defaults.
const podSecurityPath = "/etc/kubernetes/admission/pod-security.yaml"

//go:embed pod-security.yaml
var podSecurityFile string

func controlPlane(p *plan.Cluster) capi.KubeadmControlPlane {
	node := nodeConfiguration(nil, nil)
	c := capi.KubeadmConfig{
		ClusterConfiguration: &capi.ClusterConfiguration{
			APIServer: apiServer(p),
			// No flag of the API server: it has had none for the cloud since
			// in-tree providers went.
			ControllerManager: capi.Component{ExtraArgs: []capi.Arg{{Name: "cloud-provider", Value: "external"}}},
		},
		InitConfiguration: node,
		JoinConfiguration: node,
		Files:             cloudCA(p),
	}
	if p.PodSecurity != "Privileged" {
		c.Files = append(c.Files, rootFile(podSecurityPath, strings.ReplaceAll(podSecurityFile, "$LEVEL", strings.ToLower(p.PodSecurity))))
	}
	if p.ControlPlane.EtcdVolume != nil {
		etcdVolume(&c)
	}
	return capi.KubeadmControlPlane{KubeadmConfigSpec: c}
}

func apiServer(p *plan.Cluster) capi.Component {
	var c capi.Component
	if o := p.Access.OIDC; o != nil {
		c.ExtraArgs = append(c.ExtraArgs,
			capi.Arg{Name: "oidc-issuer-url", Value: o.IssuerURL},
			capi.Arg{Name: "oidc-client-id", Value: o.ClientID},
			capi.Arg{Name: "oidc-username-claim", Value: o.UsernameClaim},
			capi.Arg{Name: "oidc-groups-claim", Value: o.GroupsClaim},
		)
	}
	if p.PodSecurity != "Privileged" {
		c.ExtraArgs = append(c.ExtraArgs, capi.Arg{Name: "admission-control-config-file", Value: podSecurityPath})
		c.ExtraVolumes = []capi.HostPathMount{{
			Name: "pod-security", HostPath: podSecurityPath, MountPath: podSecurityPath, PathType: "File", ReadOnly: true,
		}}
	}
	return c
}

// etcdVolume gives etcd the second disk. It lives in a folder of the filesystem
// because kubeadm wants an empty one, and a new filesystem has lost+found.
func etcdVolume(c *capi.KubeadmConfig) {
	const mount, label = "/var/lib/etcddisk", "etcd_disk"
	c.ClusterConfiguration.Etcd = &capi.Etcd{Local: capi.LocalEtcd{DataDir: mount + "/etcd"}}
	c.DiskSetup = &capi.DiskSetup{Filesystems: []capi.Filesystem{{Device: "/dev/vdb", Filesystem: "ext4", Label: label}}}
	c.Mounts = [][]string{{"LABEL=" + label, mount}}
}

func poolBootstrap(p *plan.Cluster, pool plan.Pool) capi.KubeadmConfig {
	taints := make([]capi.Taint, 0, len(pool.Taints))
	for _, t := range pool.Taints {
		taints = append(taints, capi.Taint{Key: t.Key, Value: t.Value, Effect: t.Effect})
	}
	return capi.KubeadmConfig{JoinConfiguration: nodeConfiguration(nodeLabels(pool), taints), Files: cloudCA(p)}
}

// nodeLabels are the labels of a pool's nodes.
func nodeLabels(pool plan.Pool) map[string]string {
	labels := map[string]string{"skerry.dev/pool": pool.Name}
	maps.Copy(labels, pool.Labels)
	return labels
}

func nodeConfiguration(labels map[string]string, taints []capi.Taint) *capi.NodeConfiguration {
	args := []capi.Arg{{Name: "cloud-provider", Value: "external"}}
	if l := labelList(labels); l != "" {
		args = append(args, capi.Arg{Name: "node-labels", Value: l})
	}
	return &capi.NodeConfiguration{NodeRegistration: capi.NodeRegistration{
		// cloud-init fills in the name that Nova gave the machine, which the
		// cloud controller manager finds the machine by.
		Name:             "{{ local_hostname }}",
		KubeletExtraArgs: args,
		Taints:           taints,
	}}
}

func cloudCA(p *plan.Cluster) []capi.File {
	if p.Cloud.CACertificate == "" {
		return nil
	}
	return []capi.File{rootFile(plan.CloudCAFile, p.Cloud.CACertificate)}
}

func rootFile(path, content string) capi.File {
	return capi.File{Path: path, Owner: "root:root", Permissions: "0644", Content: content}
}
