package clusterapi

// KubeadmControlPlane is the spec of a KubeadmControlPlaneTemplate's template.
// Version, replicas and infrastructureRef come from the topology.
type KubeadmControlPlane struct {
	KubeadmConfigSpec KubeadmConfig `json:"kubeadmConfigSpec"`
}

// KubeadmConfig says how machines become nodes.
type KubeadmConfig struct {
	ClusterConfiguration *ClusterConfiguration `json:"clusterConfiguration,omitempty"`
	InitConfiguration    *NodeConfiguration    `json:"initConfiguration,omitempty"`
	JoinConfiguration    *NodeConfiguration    `json:"joinConfiguration,omitempty"`
	Files                []File                `json:"files,omitempty"`
	DiskSetup            *DiskSetup            `json:"diskSetup,omitempty"`
	Mounts               [][]string            `json:"mounts,omitempty"`
}

// ClusterConfiguration of kubeadm.
type ClusterConfiguration struct {
	APIServer         Component `json:"apiServer,omitzero"`
	ControllerManager Component `json:"controllerManager,omitzero"`
	Etcd              *Etcd     `json:"etcd,omitempty"`
}

// Component of the control plane.
type Component struct {
	ExtraArgs    []Arg           `json:"extraArgs,omitempty"`
	ExtraVolumes []HostPathMount `json:"extraVolumes,omitempty"`
}

// IsZero says whether nothing is set.
func (c Component) IsZero() bool { return len(c.ExtraArgs) == 0 && len(c.ExtraVolumes) == 0 }

// Arg is a command-line flag without its dashes.
type Arg struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HostPathMount mounts a path of the host into a component.
type HostPathMount struct {
	Name      string `json:"name"`
	HostPath  string `json:"hostPath"`
	MountPath string `json:"mountPath"`
	PathType  string `json:"pathType"`
	ReadOnly  bool   `json:"readOnly"`
}

// Etcd of the control plane.
type Etcd struct {
	Local LocalEtcd `json:"local"`
}

// LocalEtcd runs on the control-plane nodes.
type LocalEtcd struct {
	DataDir string `json:"dataDir"`
}

// NodeConfiguration of kubeadm init and join.
type NodeConfiguration struct {
	NodeRegistration NodeRegistration `json:"nodeRegistration"`
}

// NodeRegistration says how a node registers.
type NodeRegistration struct {
	Name             string  `json:"name"`
	KubeletExtraArgs []Arg   `json:"kubeletExtraArgs"`
	Taints           []Taint `json:"taints,omitempty"`
}

// Taint of a node.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// File written before kubeadm runs.
type File struct {
	Path        string `json:"path"`
	Owner       string `json:"owner"`
	Permissions string `json:"permissions"`
	Content     string `json:"content"`
}

// DiskSetup makes filesystems.
type DiskSetup struct {
	Filesystems []Filesystem `json:"filesystems"`
}

// Filesystem on a disk.
type Filesystem struct {
	Device     string `json:"device"`
	Filesystem string `json:"filesystem"`
	Label      string `json:"label"`
}
