package tools

import "strings"

// linkFlags are the linker flags of tools that need more than the base flags.
// VERSION stands for the version in the tool's go.mod.
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
}

// titles are what people call a tool, where that differs from its folder's name.
var titles = map[string]string{
	"crossplane":     "crossplane core",
	"crossplane-cli": "crossplane CLI",
}

func stamps(name, version string) string {
	return strings.ReplaceAll(strings.Join(linkFlags[name], " "), "VERSION", version)
}

func title(name string) string {
	if t, ok := titles[name]; ok {
		return t
	}
	return name
}
