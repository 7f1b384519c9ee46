package machines

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// Conditions of an OpenStackCluster.
const (
	networkReady  = "NetworkReady"
	routerReady   = "RouterReady"
	groupsReady   = "SecurityGroupsReady"
	endpointReady = "APIEndpointReady"
)

// machinesLeftDelay is how long to wait before looking again whether the machines
// of a cluster are gone.
const machinesLeftDelay = time.Second

// cloudClusterSpec is what an OpenStackCluster asks for.
type cloudClusterSpec struct {
	Spec struct {
		Network         reference   `json:"network"`
		Subnets         []reference `json:"subnets"`
		Router          reference   `json:"router"`
		ExternalNetwork reference   `json:"externalNetwork"`
		// ManagedSecurityGroups are made when it's there.
		ManagedSecurityGroups *struct{} `json:"managedSecurityGroups"`
		LoadBalancer          struct {
			Enabled      *bool    `json:"enabled"`
			Provider     string   `json:"provider"`
			Flavor       string   `json:"flavor"`
			AllowedCIDRs []string `json:"allowedCIDRs"`
		} `json:"apiServerLoadBalancer"`
		ControlPlaneZones     []string `json:"controlPlaneAvailabilityZones"`
		ControlPlaneOmitZones bool     `json:"controlPlaneOmitAvailabilityZone"`
		Endpoint              struct {
			Host string `json:"host"`
		} `json:"controlPlaneEndpoint"`
	} `json:"spec"`
}

// A reference names something in the cloud by its ID. References by other
// properties are not supported.
type reference struct {
	ID string `json:"id"`
}

// Reconcile makes what an OpenStackCluster asks for, or removes it.
func (r clusters) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	u, err := get(ctx, r.cached, cloudClusterKind, req.Namespace, req.Name)
	if err != nil || u == nil {
		return ctrl.Result{}, err
	}
	cluster, err := get(ctx, r.cached, clusterKind, req.Namespace, owner(u, clusterKind))
	if err != nil || cluster == nil || paused(cluster, u) {
		return ctrl.Result{}, err
	}
	before := u.DeepCopy()
	result, err := r.reconcile(ctx, cluster, u)
	return finish(ctx, r.client, before, u, result, err)
}

func (r clusters) reconcile(ctx context.Context, cluster, u *object) (ctrl.Result, error) {
	if u.GetDeletionTimestamp() != nil {
		return r.remove(ctx, cluster, u)
	}
	// It must be stored before there is anything that it protects.
	if addFinalizer(u, clusterFinalizer) {
		return ctrl.Result{}, nil
	}
	spec, err := into[cloudClusterSpec](u)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.network(u, spec); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.securityGroups(cluster, u, spec); err != nil {
		setCondition(u, isFalse(groupsReady, severityError, "SecurityGroupCreateFailed", err.Error()))
		return ctrl.Result{}, err
	}
	wait, err := r.endpoint(ctx, cluster, u, spec)
	if err != nil {
		setCondition(u, isFalse(endpointReady, severityError, "APIEndpointConfigFailed", err.Error()))
		return ctrl.Result{}, err
	}
	if wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	if !truth(u, "status", "ready") {
		if err := r.prepare(ctx, cluster, u); err != nil {
			return ctrl.Result{}, err
		}
	}
	set(u, failureDomains(r.cloud.Zones(), spec), "status", "failureDomains")
	set(u, true, "status", "ready")
	set(u, true, "status", "initialization", "provisioned")
	setCondition(u, isTrue(conditionReady))
	return ctrl.Result{RequeueAfter: r.options.Resync}, nil
}

// prepare makes what must be there when the control plane begins.
func (r clusters) prepare(ctx context.Context, cluster, u *object) error {
	k := r.keyring(cluster, u)
	if err := k.ensureEtcd(ctx); err != nil || !r.options.Eager {
		return err
	}
	host, port, err := r.workload.Endpoint(ctx, workloadName(cluster))
	if err != nil {
		return err
	}
	keys, err := k.ensureCluster(ctx, host, int64(port))
	if err != nil {
		return err
	}
	if err := r.workload.Start(ctx, workloadName(cluster), keys); err != nil {
		return fmt.Errorf("cannot start the API server: %w", err)
	}
	return nil
}

// network takes note of what the cluster's machines will be in. All of it is
// somebody else's, and is there.
func (r clusters) network(u *object, spec cloudClusterSpec) error {
	network, err := r.cloud.Get(cloud.Network, spec.Spec.Network.ID)
	if err != nil {
		setCondition(u, isFalse(networkReady, severityError, "NetworkCreateFailed", err.Error()))
		return err
	}
	status := map[string]any{"id": network.ID, "name": network.Name}
	var subnets []any
	for _, s := range spec.Spec.Subnets {
		subnet, err := r.cloud.Get(cloud.Subnet, s.ID)
		if err != nil {
			setCondition(u, isFalse(networkReady, severityError, "SubnetCreateFailed", err.Error()))
			return err
		}
		subnets = append(subnets, map[string]any{"id": subnet.ID, "name": subnet.Name, "cidr": subnet.Text("cidr")})
	}
	status["subnets"] = subnets
	set(u, status, "status", "network")
	setCondition(u, isTrue(networkReady))
	return r.wayOut(u, spec)
}

// wayOut takes note of the router and of the network beyond.
func (r clusters) wayOut(u *object, spec cloudClusterSpec) error {
	if id := spec.Spec.ExternalNetwork.ID; id != "" {
		set(u, map[string]any{"id": id, "name": r.cloud.ExternalNetworkName(id)}, "status", "externalNetwork")
	}
	if spec.Spec.Router.ID == "" {
		return nil
	}
	router, err := r.cloud.Get(cloud.Router, spec.Spec.Router.ID)
	if err != nil {
		setCondition(u, isFalse(routerReady, severityError, "RouterCreateFailed", err.Error()))
		return err
	}
	set(u, map[string]any{"id": router.ID, "name": router.Name}, "status", "router")
	setCondition(u, isTrue(routerReady))
	return nil
}

// securityGroups makes the two groups that the real provider manages.
func (r clusters) securityGroups(cluster, u *object, spec cloudClusterSpec) error {
	if spec.Spec.ManagedSecurityGroups == nil {
		return nil
	}
	for role, field := range map[string]string{"controlplane": "controlPlaneSecurityGroup", "worker": "workerSecurityGroup"} {
		name := fmt.Sprintf("k8s-cluster-%s-%s-secgroup-%s", cluster.GetNamespace(), cluster.GetName(), role)
		group, err := r.ensure(cloud.Spec{Kind: cloud.SecurityGroup, Owner: ownerOf(u), Attributes: map[string]any{
			"name": name, "description": "Cluster API managed group",
		}})
		if err != nil {
			return err
		}
		set(u, map[string]any{"id": group.ID, "name": name}, "status", field)
	}
	setCondition(u, isTrue(groupsReady))
	return nil
}

// endpoint makes the load balancer and, once that is active, says where the API
// server is. It returns how long to wait.
func (r clusters) endpoint(ctx context.Context, cluster, u *object, spec cloudClusterSpec) (wait time.Duration, err error) {
	if spec.Spec.LoadBalancer.Enabled == nil || *spec.Spec.LoadBalancer.Enabled {
		wait, err = r.loadBalancer(cluster, u, spec)
		if err != nil || wait > 0 {
			return wait, err
		}
	}
	if spec.Spec.Endpoint.Host == "" {
		host, port, err := r.workload.Endpoint(ctx, workloadName(cluster))
		if err != nil {
			return 0, err
		}
		set(u, map[string]any{"host": host, "port": int64(port)}, "spec", "controlPlaneEndpoint")
	}
	setCondition(u, isTrue(endpointReady))
	return 0, nil
}

func (r clusters) loadBalancer(cluster, u *object, spec cloudClusterSpec) (wait time.Duration, err error) {
	want := spec.Spec.LoadBalancer
	attributes := map[string]any{
		"name":        fmt.Sprintf("k8s-clusterapi-cluster-%s-%s-kubeapi", cluster.GetNamespace(), cluster.GetName()),
		"description": fmt.Sprintf("Created by cluster-api-provider-openstack cluster %s-%s", cluster.GetNamespace(), cluster.GetName()),
	}
	if want.Provider != "" {
		attributes["loadbalancerProvider"] = want.Provider
	}
	if want.Flavor != "" {
		attributes["flavor"] = want.Flavor
	}
	if len(spec.Spec.Subnets) > 0 {
		attributes["vipSubnetId"] = spec.Spec.Subnets[0].ID
	}
	lb, err := r.ensure(cloud.Spec{Kind: cloud.LoadBalancer, Owner: ownerOf(u), Attributes: attributes})
	if err != nil {
		return 0, err
	}
	if wait := untilActive(lb); wait > 0 {
		return wait, nil
	}
	status := map[string]any{"id": lb.ID, "name": lb.Name, "internalIP": lb.Text("vipAddress"), "ip": lb.Text("vipAddress")}
	if external := spec.Spec.ExternalNetwork.ID; external != "" {
		ip, err := r.ensure(cloud.Spec{Kind: cloud.FloatingIP, Owner: ownerOf(u), Attributes: map[string]any{
			"pool": external, "portId": lb.Text("vipPortId"), "description": attributes["description"],
		}})
		if err != nil {
			return 0, err
		}
		status["ip"] = ip.Text("address")
	}
	if len(want.AllowedCIDRs) > 0 {
		cidrs := make([]any, 0, len(want.AllowedCIDRs))
		for _, c := range want.AllowedCIDRs {
			cidrs = append(cidrs, c)
		}
		status["allowedCIDRs"] = cidrs
	}
	set(u, status, "status", "apiServerLoadBalancer")
	return 0, nil
}

// failureDomains are all zones of the cloud. Which of them the control plane may
// use follows the real provider.
func failureDomains(zones []string, spec cloudClusterSpec) map[string]any {
	out := map[string]any{}
	for _, zone := range zones {
		usable := !spec.Spec.ControlPlaneOmitZones
		if chosen := spec.Spec.ControlPlaneZones; len(chosen) > 0 {
			usable = slices.Contains(chosen, zone)
		}
		out[zone] = map[string]any{"controlPlane": usable}
	}
	return out
}

// remove takes the cluster down when its machines are gone: they need it until
// then.
func (r clusters) remove(ctx context.Context, cluster, u *object) (ctrl.Result, error) {
	left, err := r.machinesLeft(ctx, cluster)
	if err != nil {
		return ctrl.Result{}, err
	}
	if left > 0 {
		return ctrl.Result{RequeueAfter: machinesLeftDelay}, nil
	}
	for _, kind := range []cloud.Kind{cloud.FloatingIP, cloud.LoadBalancer, cloud.SecurityGroup} {
		wait, err := r.inventory.remove(kind, ownerOf(u))
		if err != nil || wait > 0 {
			return ctrl.Result{RequeueAfter: wait}, err
		}
	}
	if err := r.workload.Stop(ctx, workloadName(cluster)); err != nil {
		return ctrl.Result{}, fmt.Errorf("cannot stop the API server: %w", err)
	}
	r.workloads.forget(client.ObjectKeyFromObject(cluster))
	removeFinalizer(u, clusterFinalizer)
	return ctrl.Result{}, nil
}

// machinesLeft counts the machines of the cluster, as Cluster API and as the cloud
// has them.
func (r clusters) machinesLeft(ctx context.Context, cluster *object) (int, error) {
	n := 0
	for _, kind := range []schema.GroupVersionKind{machineKind, cloudMachineKind} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		err := r.cached.List(ctx, list, client.InNamespace(cluster.GetNamespace()), client.MatchingLabels{clusterNameLabel: cluster.GetName()})
		if err != nil {
			return 0, err
		}
		n += len(list.Items)
	}
	return n, nil
}
