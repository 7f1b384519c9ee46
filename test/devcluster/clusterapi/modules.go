package clusterapi

import (
	"context"

	"github.com/skerry-dev/skerry/test/tools"
)

// versions is the tool module that says of which versions the components are.
const versions = "crds"

// modules returns the folder in the module cache of each module that holds
// manifests.
func modules(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	for _, c := range components {
		if out[c.module] != "" {
			continue
		}
		dir, err := tools.ModuleDir(ctx, versions, c.module)
		if err != nil {
			return nil, err
		}
		out[c.module] = dir
	}
	return out, nil
}
