package clusterapi

import (
	"net"
	"strconv"
)

// idleNamespace doesn't exist. A manager that watches only this namespace serves
// webhooks and reconciles nothing.
const idleNamespace = "reconciled-by-nobody"

// A manager is a process of Cluster API.
type manager struct {
	name, tool string
	// Ports that it listens on.
	webhook, health, diagnostics int
	// args that it alone has.
	args []string
}

// topology turns on ClusterClasses. The managers of core and control plane ask
// for it; the gates of the rest have the defaults of their own manifests.
const topology = "--feature-gates=ClusterTopology=true"

var (
	core = manager{
		name: "cluster-api", tool: "cluster-api-core",
		webhook: 9451, health: 18091, diagnostics: 18094,
		args: []string{topology},
	}
	bootstrap = manager{
		name: "cluster-api-bootstrap", tool: "cluster-api-kubeadm-bootstrap",
		webhook: 9452, health: 18092, diagnostics: 18095,
	}
	controlPlane = manager{
		name: "cluster-api-control-plane", tool: "cluster-api-kubeadm-control-plane",
		webhook: 9453, health: 18093, diagnostics: 18096,
		args: []string{topology},
	}
	openStack = manager{
		name: "cluster-api-openstack", tool: "cluster-api-provider-openstack",
		webhook: 9454, health: 18097, diagnostics: 18098,
		args: []string{
			"--namespace=" + idleNamespace,
			// It would look for stored objects of older versions in all namespaces.
			"--skip-crd-migration-phases=StorageVersionMigration",
			"--skip-crd-migration-phases=CleanupManagedFields",
		},
	}
)

// A Manager is a process to run beside the objects.
type Manager struct {
	// Name is short and unique.
	Name string
	// Tool is the name of its binary in package tools.
	Tool string
	Args []string
	// HealthURL answers with status 200 once the manager serves its webhooks.
	HealthURL string
}

// ManagerOptions say what the managers work with.
type ManagerOptions struct {
	// Kubeconfig is the file with which they reach the management cluster.
	Kubeconfig string
	// CertDir holds the certificate of the webhooks, tls.crt and tls.key, valid for
	// 127.0.0.1 and signed by the objects' CA bundle.
	CertDir string
}

// Managers returns the processes, all of which may start at once. They elect no
// leader: of each there must be one. Their webhooks listen on all interfaces and
// have no flag for it, so that they belong into a network namespace of their own.
func Managers(o ManagerOptions) []Manager {
	var out []Manager
	for _, c := range components {
		if c.manager != nil {
			out = append(out, c.manager.process(o))
		}
	}
	return out
}

func (m manager) process(o ManagerOptions) Manager {
	args := []string{
		"--kubeconfig=" + o.Kubeconfig,
		"--webhook-cert-dir=" + o.CertDir,
		"--webhook-port=" + strconv.Itoa(m.webhook),
		"--health-addr=" + address(m.health),
		"--diagnostics-address=" + address(m.diagnostics),
		"--insecure-diagnostics",
		"--leader-elect=false",
	}
	return Manager{
		Name: m.name, Tool: m.tool,
		Args:      append(args, m.args...),
		HealthURL: "http://" + address(m.health) + "/readyz",
	}
}

// address is where a manager listens on the port.
func address(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
