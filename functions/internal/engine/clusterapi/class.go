package clusterapi

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/intstr"

	capi "github.com/skerry-dev/skerry/functions/internal/external/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// controlPlaneUnhealthy is one node of three or of five, in percent: with more
// broken at once etcd has no quorum, and replacing nodes would lose its data.
const controlPlaneUnhealthy = 34

// classOf makes the ClusterClass and the templates that it names.
func classOf(p *plan.Cluster, h *holding) (class render.Resource, made []render.Resource, err error) {
	infra, err := hashed(p, plan.KeyClusterTemplate, "infra",
		capi.NewTemplate(capi.Infrastructure, "OpenStackClusterTemplate", infrastructure(p)))
	if err != nil {
		return class, nil, err
	}
	kcp, err := hashed(p, keyControlPlaneTemplate, "control-plane",
		capi.NewTemplate(capi.ControlPlane, "KubeadmControlPlaneTemplate", controlPlane(p)))
	if err != nil {
		return class, nil, err
	}
	machines, err := hashed(p, keyMachineTemplate+"control-plane-", "control-plane",
		capi.NewTemplate(capi.Infrastructure, "OpenStackMachineTemplate", controlPlaneMachine(p)))
	if err != nil {
		return class, nil, err
	}
	cp := h.controlPlane(templates{config: kcp, machines: machines})
	made = []render.Resource{infra, cp.config, cp.machines}
	spec := capi.ClusterClassSpec{
		Infrastructure: capi.InfrastructureClass{Ref: capi.RefTo(infra.Body), Naming: clusterNaming},
		ControlPlane: capi.ControlPlaneClass{
			Ref:                   capi.RefTo(cp.config.Body),
			Naming:                clusterNaming,
			MachineInfrastructure: capi.RefTo(cp.machines.Body),
			Deletion:              deletion(p.ControlPlane.DrainSeconds),
			HealthCheck:           healthCheck(percent(controlPlaneUnhealthy), 0),
		},
	}
	for _, pool := range p.Pools {
		md, of, err := poolClass(p, pool, h)
		if err != nil {
			return class, nil, err
		}
		spec.Workers.MachineDeployments = append(spec.Workers.MachineDeployments, md)
		made = append(made, of.machines, of.config)
	}
	class, err = namedClass(p, spec)
	return class, made, err
}

var (
	clusterNaming = capi.Naming{Template: "{{ .cluster.name }}"}
	poolNaming    = capi.Naming{Template: "{{ .cluster.name }}-{{ .machineDeployment.topologyName }}"}
)

func namedClass(p *plan.Cluster, spec capi.ClusterClassSpec) (render.Resource, error) {
	hash, err := render.Hash(spec)
	if err != nil {
		return render.Resource{}, fmt.Errorf("cannot name the ClusterClass: %w", err)
	}
	c := capi.NewClusterClass(p.Home.Namespace, spec)
	c.Metadata.Name = p.Home.Name(hash)
	return render.Resource{Key: plan.KeyClusterClass + hash, Body: c, Ready: readiness.ClusterClass}, nil
}

func poolClass(p *plan.Cluster, pool plan.Pool, h *holding) (capi.MachineDeploymentClass, templates, error) {
	name := className(pool)
	machines, err := hashed(p, keyMachineTemplate+name+"-", name,
		capi.NewTemplate(capi.Infrastructure, "OpenStackMachineTemplate", poolMachine(p, pool)))
	if err != nil {
		return capi.MachineDeploymentClass{}, templates{}, err
	}
	bootstrap, err := hashed(p, keyBootstrapTemplate+name+"-", name,
		capi.NewTemplate(capi.Bootstrap, "KubeadmConfigTemplate", poolBootstrap(p, pool)))
	if err != nil {
		return capi.MachineDeploymentClass{}, templates{}, err
	}
	of := h.pool(pool, templates{config: bootstrap, machines: machines})
	md := capi.MachineDeploymentClass{
		Class:          name,
		Bootstrap:      capi.RefTo(of.config.Body),
		Infrastructure: capi.RefTo(of.machines.Body),
		Naming:         poolNaming,
		// A node is replaced before it is removed: nothing is ever missing.
		Rollout: capi.Rollout{Strategy: capi.RolloutStrategy{
			Type:          "RollingUpdate",
			RollingUpdate: capi.RollingUpdate{MaxSurge: int64(pool.MaxSurge), MaxUnavailable: 0},
		}},
		Deletion:    deletion(pool.DrainSeconds),
		HealthCheck: healthCheck(unhealthyLimit(pool), 1),
	}
	return md, of, nil
}

// deletion bounds how long a node is drained before it goes, or not at all. A pod that
// nothing may disturb would otherwise keep its node for good.
func deletion(seconds int32) *capi.Deletion {
	if seconds == 0 {
		return nil
	}
	return &capi.Deletion{NodeDrainTimeoutSeconds: int64(seconds)}
}

// unhealthyLimit is how many of a share's nodes may be broken for them to be
// replaced. Cluster API rounds a percentage down, and what comes to less than one
// node would mean that none is ever replaced: of a share that is, or may shrink to
// be, as small as that, one may be broken. Shares whose nodes move are that small only for
// a while: the limit doesn't follow them, or each step would be another class.
func unhealthyLimit(pool plan.Pool) intstr.IntOrString {
	const whole = 100
	shares := pool.Shares
	if pool.Moving > 0 {
		shares = []plan.Share{{Replicas: pool.Moving}}
	}
	for _, s := range shares {
		least := s.Replicas
		if s.Autoscaling != nil {
			least = s.Autoscaling.Min
		}
		if pool.MaxUnhealthyPercent > 0 && least*pool.MaxUnhealthyPercent < whole {
			return intstr.FromInt32(1)
		}
	}
	return percent(pool.MaxUnhealthyPercent)
}

func percent(n int32) intstr.IntOrString { return intstr.FromString(fmt.Sprintf("%d%%", n)) }

// healthCheck replaces a machine whose node is not ready for five minutes or
// never appears within twenty, unless too many are broken at once: then the
// cause is not the machines.
func healthCheck(unhealthy intstr.IntOrString, inFlight int64) capi.HealthCheck {
	return capi.HealthCheck{
		Checks: capi.Checks{
			NodeStartupTimeoutSeconds: 1200,
			UnhealthyNodeConditions: []capi.NodeCondition{
				{Type: "Ready", Status: "Unknown", TimeoutSeconds: 300},
				{Type: "Ready", Status: "False", TimeoutSeconds: 300},
			},
		},
		Remediation: capi.Remediation{
			MaxInFlight: inFlight,
			TriggerIf:   capi.TriggerIf{UnhealthyLessThanOrEqualTo: unhealthy},
		},
	}
}
