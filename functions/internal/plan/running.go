package plan

import (
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// RunningClass is the ClusterClass that a Cluster names: what its machines are made
// from.
type RunningClass struct {
	// Known says that the class is observed.
	Known bool
	// ControlPlane and the pools, by the names of their classes.
	ControlPlane RunningMachines
	Pools        map[string]RunningMachines
}

// RunningMachines name the templates that machines are made from.
type RunningMachines struct {
	// Config and Machines are the names of the templates.
	Config, Machines string
	// Flavor and Image of the machines, where the template is observed.
	Flavor, Image string
}

func runningClass(have observed.Set, name string) RunningClass {
	var out RunningClass
	flavors := map[string]observed.Value{}
	class := observed.None
	for key, r := range have {
		switch n := observed.At(r, "metadata", "name").Text(); {
		case strings.HasPrefix(key, KeyClusterClass) && n == name:
			class = r
		case strings.HasPrefix(key, KeyMachineTemplate):
			flavors[n] = observed.At(r, "spec", "template", "spec")
		}
	}
	if !class.Exists() {
		return out
	}
	ref := func(v observed.Value, path ...string) string {
		return observed.At(observed.At(v, path...), "templateRef", "name").Text()
	}
	machines := func(config, machines string) RunningMachines {
		m := RunningMachines{Config: config, Machines: machines}
		if spec := flavors[machines]; spec != nil {
			m.Flavor, m.Image = spec.Field("flavor").Text(), observed.At(spec, "image", "filter", "name").Text()
		}
		return m
	}
	cp := observed.At(class, "spec", "controlPlane")
	out.ControlPlane = machines(ref(cp), ref(cp, "machineInfrastructure"))
	out.Pools = map[string]RunningMachines{}
	for md := range observed.At(class, "spec", "workers", "machineDeployments").Items() {
		out.Pools[md.Field("class").Text()] = machines(ref(md, "bootstrap"), ref(md, "infrastructure"))
	}
	out.Known = out.ControlPlane.Config != "" && out.ControlPlane.Machines != ""
	return out
}
