package crd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/skerry-dev/skerry/test/tools"
	"github.com/skerry-dev/skerry/test/tools/xpkg"
)

// openStackEnv names a folder with the CRDs of provider-openstack.
const openStackEnv = "OPENSTACK_CRDS"

// folders says where each module keeps its CRDs. The versions stand in
// test/tools/crds/go.mod.
var folders = map[string][]string{
	"github.com/crossplane-contrib/provider-helm":        {"package/crds"},
	"github.com/crossplane-contrib/provider-kubernetes":  {"package/crds"},
	"github.com/crossplane/crossplane/v2":                {"cluster/crds"},
	"github.com/k-orc/openstack-resource-controller/v2":  {"config/crd/bases"},
	"github.com/prometheus-operator/prometheus-operator": {"example/prometheus-operator-crd"},
	"github.com/traefik/traefik/v3":                      {"docs/content/reference/dynamic-configuration"},
	"sigs.k8s.io/cluster-api": {
		"core/config/crd/bases",
		"bootstrap/kubeadm/config/crd/bases",
		"controlplane/kubeadm/config/crd/bases",
	},
	"sigs.k8s.io/cluster-api-operator":           {"config/crd/bases"},
	"sigs.k8s.io/cluster-api-provider-openstack": {"config/crd/bases"},
	"sigs.k8s.io/gateway-api":                    {"config/crd/standard"},
}

// sources returns the folders that hold CRDs. missing is ErrNoOpenStack when
// OpenStack's are not among them.
func sources() (dirs []string, missing, err error) {
	root, err := tools.Root()
	if err != nil {
		return nil, nil, err
	}
	modules, err := pinned(filepath.Join(root, "test", "tools", "crds"))
	if err != nil {
		return nil, nil, err
	}
	for path, dir := range modules {
		for _, f := range folders[path] {
			dirs = append(dirs, filepath.Join(dir, f))
		}
	}
	dir, err := openStackDir(root)
	if errors.Is(err, ErrNoOpenStack) {
		return dirs, err, nil
	}
	return append(dirs, dir), nil, err
}

// OpenStackDir returns the folder of OpenStack's CRDs, or ErrNoOpenStack.
func OpenStackDir() (string, error) {
	root, err := tools.Root()
	if err != nil {
		return "", err
	}
	return openStackDir(root)
}

// openStackDir returns the first folder that has OpenStack's CRDs: the one that
// the environment names, the one beside the repo, the downloaded one.
func openStackDir(root string) (string, error) {
	if dir := os.Getenv(openStackEnv); dir != "" {
		if !isDir(dir) {
			return "", fmt.Errorf("cannot read the CRDs of provider-openstack: %s=%q is no folder", openStackEnv, dir)
		}
		return dir, nil
	}
	for _, dir := range []string{
		filepath.Join(root, "..", "shared", "crds", "provider-openstack"),
		xpkg.OpenStackDir(root),
	} {
		if isDir(dir) {
			return dir, nil
		}
	}
	return "", ErrNoOpenStack
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// pinned returns the folders in the module cache of all modules that the go.mod
// in dir requires, and downloads those that are not there. Their content is
// checked against the go.sum beside it.
func pinned(dir string) (map[string]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	f, err := modfile.Parse(filepath.Join(dir, "go.mod"), data, nil)
	if err != nil {
		return nil, err
	}
	args := []string{"mod", "download", "-json"}
	for _, r := range f.Require {
		if folders[r.Mod.Path] == nil {
			return nil, fmt.Errorf("cannot say where module %q keeps its CRDs: add it to the folders of package crd", r.Mod.Path)
		}
		args = append(args, r.Mod.String())
	}
	return download(dir, args)
}

// download runs the go command in dir, and returns the folder of each module.
func download(dir string, args []string) (map[string]string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "GOWORK=off")
	// A failed download exits with an error too, but says more on its output.
	failure := cmd.Run()
	out, d := map[string]string{}, json.NewDecoder(&stdout)
	for {
		m := struct{ Path, Dir, Error string }{}
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the answer of `go mod download`: %w", err)
		}
		if m.Error != "" {
			return nil, fmt.Errorf("cannot download module %q: %s", m.Path, m.Error)
		}
		out[m.Path] = m.Dir
	}
	if failure != nil {
		return nil, fmt.Errorf("cannot download the modules that hold CRDs: %w: %s", failure, stderr.String())
	}
	return out, nil
}
