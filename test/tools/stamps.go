package tools

import "strings"

// A place says which program of which tool module a tool is.
type place struct {
	module string // the folder under test/tools
	pkg    string // the tool directive, empty when the module has just one
}

// places are the tools that share a module. Any other tool has the module of its
// own name.
var places = map[string]place{
	"kube-apiserver":          {module: "kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-apiserver"},
	"kube-controller-manager": {module: "kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-controller-manager"},
	"kube-scheduler":          {module: "kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-scheduler"},
	"kubectl":                 {module: "kubernetes", pkg: "k8s.io/kubernetes/cmd/kubectl"},

	"etcdctl": {module: "etcdctl", pkg: "go.etcd.io/etcd/etcdctl/v3"},
	"etcdutl": {module: "etcdctl", pkg: "go.etcd.io/etcd/etcdutl/v3"},

	"cluster-api-core":                  {module: "cluster-api", pkg: "sigs.k8s.io/cluster-api/core"},
	"cluster-api-kubeadm-bootstrap":     {module: "cluster-api", pkg: "sigs.k8s.io/cluster-api/bootstrap/kubeadm"},
	"cluster-api-kubeadm-control-plane": {module: "cluster-api", pkg: "sigs.k8s.io/cluster-api/controlplane/kubeadm"},
}

func home(name string) place {
	if p, ok := places[name]; ok {
		return p
	}
	return place{module: name}
}

// kubernetesFlags stamp the version, without which a server calls itself
// v0.0.0 and charts refuse it.
var kubernetesFlags = []string{
	"-X k8s.io/component-base/version.gitVersion=VERSION",
	"-X k8s.io/component-base/version.gitMajor=MAJOR",
	"-X k8s.io/component-base/version.gitMinor=MINOR",
}

// linkFlags are the linker flags of tool modules that need more than the base
// flags. VERSION stands for the version in the tool's go.mod, MAJOR and MINOR for
// its parts.
var linkFlags = map[string][]string{
	"crossplane": {
		// Without the stamp Crossplane has no version, and refuses packages that
		// ask for one.
		"-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=VERSION",
		// `rbac start` has no flag for its metrics address: the default listens on
		// all interfaces.
		"-X sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=127.0.0.1:18085",
	},
	"crossplane-cli": {
		"-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=VERSION",
	},
	"kubernetes": kubernetesFlags,
	// Neither provider has a flag for its metrics address, and both default to the
	// same port on all interfaces.
	"provider-helm": {
		"-X sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=127.0.0.1:18082",
		// It keeps charts by name and version in /tmp, where those of another cluster
		// would be taken for its own: below the working directory instead.
		"-X github.com/crossplane-contrib/provider-helm/pkg/clients/helm.chartCache=charts",
	},
	"provider-kubernetes": {
		"-X sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=127.0.0.1:18083",
	},
}

// titles are what people call a tool, where that differs from its name.
var titles = map[string]string{
	"crossplane":                        "crossplane core",
	"crossplane-cli":                    "crossplane CLI",
	"cluster-api-core":                  "Cluster API core",
	"cluster-api-kubeadm-bootstrap":     "Cluster API kubeadm bootstrap",
	"cluster-api-kubeadm-control-plane": "Cluster API kubeadm control plane",
}

func stamps(name, version string) string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	flags := strings.Join(linkFlags[home(name).module], " ")
	return strings.NewReplacer("VERSION", version, "MAJOR", major, "MINOR", minor).Replace(flags)
}

func title(name string) string {
	if t, ok := titles[name]; ok {
		return t
	}
	return name
}
