package machines

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/devcluster/workload"
)

// maxUserData is what Nova takes: 65,535 bytes, in base64.
const maxUserData = 65535 / 4 * 3

const (
	initFile = "/run/kubeadm/kubeadm.yaml"
	joinFile = "/run/kubeadm/kubeadm-join-config.yaml"
	pkiDir   = "/etc/kubernetes/pki/"

	roleControlPlane = "node-role.kubernetes.io/control-plane"
)

// userData is all that a machine knows when it boots: what Cluster API's kubeadm
// provider wrote for cloud-init.
type userData struct {
	files map[string]string

	// clusterConfiguration is kubeadm's, as it stands, on the machine that makes the
	// cluster. Others have none.
	clusterConfiguration []byte
	controlPlane         bool
	node                 nodeRegistration
	skipPhases           []string
}

type nodeRegistration struct {
	Name string `json:"name"`
	// Taints are kubeadm's own choice when nil.
	Taints           []corev1.Taint `json:"taints"`
	KubeletExtraArgs []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"kubeletExtraArgs"`
}

// A kubeadmDocument is an InitConfiguration or a JoinConfiguration.
type kubeadmDocument struct {
	Kind             string           `json:"kind"`
	NodeRegistration nodeRegistration `json:"nodeRegistration"`
	// ControlPlane is there when a machine joins the control plane.
	ControlPlane *struct{} `json:"controlPlane"`
	SkipPhases   []string  `json:"skipPhases"`
}

// boot reads user data as cloud-init and kubeadm would.
func boot(data []byte) (userData, error) {
	if len(data) > maxUserData {
		return userData{}, fmt.Errorf("cannot boot: the user data has %d bytes, and Nova takes %d", len(data), maxUserData)
	}
	var cloudInit struct {
		Files []struct {
			Path    string `json:"path"`
			Content string `json:"content"`
		} `json:"write_files"`
	}
	if err := sigsyaml.Unmarshal(data, &cloudInit); err != nil {
		return userData{}, fmt.Errorf("cannot read the user data: %w", err)
	}
	u := userData{files: map[string]string{}}
	for _, f := range cloudInit.Files {
		u.files[f.Path] = f.Content
	}
	file := initFile
	if _, ok := u.files[file]; !ok {
		file = joinFile
	}
	if _, ok := u.files[file]; !ok {
		return userData{}, errors.New("cannot boot: the user data has no configuration for kubeadm")
	}
	u, err := u.withKubeadm(u.files[file])
	if err != nil {
		return u, fmt.Errorf("cannot read %s in the user data: %w", file, err)
	}
	return u, nil
}

// withKubeadm adds what kubeadm's configuration says.
func (u userData) withKubeadm(file string) (userData, error) {
	r := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(file)))
	for {
		data, err := r.Read()
		if errors.Is(err, io.EOF) {
			return u, nil
		}
		if err != nil {
			return u, err
		}
		var d kubeadmDocument
		if err := sigsyaml.Unmarshal(data, &d); err != nil {
			return u, err
		}
		switch d.Kind {
		case "ClusterConfiguration":
			u.clusterConfiguration = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("---")))
		case "InitConfiguration", "JoinConfiguration":
			u.node, u.skipPhases = d.NodeRegistration, d.SkipPhases
			u.controlPlane = d.Kind == "InitConfiguration" || d.ControlPlane != nil
		}
	}
}

// keys returns the cluster's own keys, which every machine of a control plane is
// given.
func (u userData) keys() (workload.Keys, error) {
	k := workload.Keys{
		CA:                   []byte(u.files[pkiDir+"ca.crt"]),
		CAKey:                []byte(u.files[pkiDir+"ca.key"]),
		ServiceAccountPublic: []byte(u.files[pkiDir+"sa.pub"]),
		ServiceAccountKey:    []byte(u.files[pkiDir+"sa.key"]),
	}
	for _, key := range [][]byte{k.CA, k.CAKey, k.ServiceAccountPublic, k.ServiceAccountKey} {
		if len(key) == 0 {
			return k, fmt.Errorf("cannot start the API server: a key is missing in %s of the user data", pkiDir)
		}
	}
	return k, nil
}

// nodeName is the name that kubelet registers with. cloud-init replaces
// expressions: the only one in use is the machine's host name.
func (u userData) nodeName(host string) string {
	if u.node.Name == "" || strings.Contains(u.node.Name, "{{") {
		return host
	}
	return u.node.Name
}

// labels are those that kubelet and kubeadm give to the node.
func (u userData) labels() map[string]string {
	out := map[string]string{}
	for _, a := range u.node.KubeletExtraArgs {
		if a.Name != "node-labels" {
			continue
		}
		for l := range strings.SplitSeq(a.Value, ",") {
			if k, v, ok := strings.Cut(l, "="); ok {
				out[k] = v
			}
		}
	}
	if u.controlPlane {
		maps.Copy(out, map[string]string{roleControlPlane: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""})
	}
	return out
}

// taints are those of the configuration, or kubeadm's default.
func (u userData) taints() []corev1.Taint {
	if u.node.Taints == nil && u.controlPlane {
		return []corev1.Taint{{Key: roleControlPlane, Effect: corev1.TaintEffectNoSchedule}}
	}
	return slices.Clone(u.node.Taints)
}

// skips says whether kubeadm is told to leave out the phase, or the phase that it
// is part of.
func (u userData) skips(phase string) bool {
	whole, _, _ := strings.Cut(phase, "/")
	return slices.Contains(u.skipPhases, phase) || slices.Contains(u.skipPhases, whole)
}
