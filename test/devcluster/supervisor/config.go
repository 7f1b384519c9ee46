package supervisor

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/packages"
)

// A Config says what to run. Whoever starts a supervisor writes it to the file
// config.json in its folder.
type Config struct {
	// Dir is the cluster's folder: state, logs, kubeconfigs.
	Dir string `json:"dir"`
	// Root is the repository's folder.
	Root string `json:"root"`
	// Bin are the paths of all programs by their names.
	Bin controlplane.Binaries `json:"bin"`
	// Modules are the folders of the modules that bring more than a program.
	Modules Modules `json:"modules"`
	// Packages to publish.
	Packages []packages.Image `json:"packages"`
	// Configuration to install: skerry or skerry-namespaced.
	Configuration string `json:"configuration"`
	// Profile of the simulated cloud's delays.
	Profile string `json:"profile"`
	// Poll is how often providers and Crossplane look at a resource that nothing
	// has happened to, as a Go duration.
	Poll string `json:"poll"`
	// Hollow lets whatever is composed for a cluster become ready, with nothing behind
	// it.
	Hollow bool `json:"hollow,omitempty"`
	// Keep is the folder for a copy of what was just installed, for other clusters. Empty
	// for none.
	Keep string `json:"keep,omitempty"`
	// Hash of everything that is installed. A cluster with another one is made anew.
	Hash string `json:"hash"`
}

// Modules are folders in the module cache.
type Modules struct {
	Crossplane string `json:"crossplane"`
	Kwok       string `json:"kwok"`
}

// Paths within a cluster's folder.
func (c Config) file(parts ...string) string {
	return filepath.Join(append([]string{c.Dir}, parts...)...)
}

// Socket is where the supervisor listens for the commands of its user.
func (c Config) Socket() string { return c.file("control.sock") }

// CloudSocket is where the simulated cloud listens.
func (c Config) CloudSocket() string { return c.file("cloud.sock") }

// Logs is the folder of the programs' logs.
func (c Config) Logs() string { return c.file("logs") }

// ProgressFile holds a line for each step of the start.
func (c Config) ProgressFile() string { return c.file("progress.log") }

// Kubeconfig is an administrator's, for people outside of the namespace.
func (c Config) Kubeconfig() string { return c.file("kubeconfig") }

// AuditLog holds every write to the management cluster.
func (c Config) AuditLog() string { return c.file("management", "audit.log") }

// configFile in a cluster's folder.
func configFile(dir string) string { return filepath.Join(dir, "config.json") }

// Write writes the Config into its Dir.
func (c Config) Write() error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(configFile(c.Dir), data, 0o600)
}

// Read reads the Config in dir.
func Read(dir string) (Config, error) {
	c := Config{}
	data, err := os.ReadFile(configFile(dir))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("cannot read %s: %w", configFile(dir), err)
	}
	return c, nil
}
