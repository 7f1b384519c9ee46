package machines

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// leftovers are what the programs in two clusters have made.
func (w *world) leftovers() {
	w.t.Helper()
	owner := cloud.Owner{Namespace: "ns", Name: "left"}
	for _, cluster := range []string{"shop", "shop2"} {
		in := map[string]any{cinderCluster: cluster}
		volume := cluster + "-volume"
		for _, s := range []cloud.Spec{
			{Kind: cloud.LoadBalancer, ID: cluster + "-lb", Attributes: map[string]any{"name": "kube_service_" + cluster + "_team_mail", "vipSubnetId": subnetID}},
			{Kind: cloud.FloatingIP, Name: cluster + "-ip", Attributes: map[string]any{"pool": externalID, "description": "Floating IP for Kubernetes external service team/mail from cluster " + cluster}},
			{Kind: cloud.Volume, ID: volume, Name: volume, Attributes: map[string]any{"size": 1, "metadata": in}},
			{Kind: cloud.VolumeSnapshot, Attributes: map[string]any{"name": cluster + "-snapshot", "volumeId": volume, "metadata": in}},
		} {
			s.Owner = owner
			if _, err := w.cloud.Create(s); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

var others = []string{"LoadBalancer kube_service_shop2_team_mail", "FloatingIP shop2-ip", "Volume shop2-volume", "VolumeSnapshot shop2-snapshot"}

func TestJanitor(t *testing.T) {
	const cluster = `
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: OpenStackCluster
metadata: {name: shop-abcde, namespace: ns, labels: {cluster.x-k8s.io/cluster-name: shop}, finalizers: [FINALIZER], annotations: {NOTES}}
spec: {identityRef: {name: clouds, cloudName: openstack}}
`
	ours := []string{"LoadBalancer kube_service_shop_team_mail", "FloatingIP shop-ip", "Volume shop-volume", "VolumeSnapshot shop-snapshot"}
	for name, tc := range map[string]struct {
		reason, notes, policy string
		absent, locked        bool
		want                  []string
		stays                 bool
	}{
		"Keeps":     {"Volumes are kept where the platform says so.", "", "keep", false, false, append(ours[2:4:4], others...), false},
		"Deletes":   {"They go otherwise, snapshots first.", "", "", false, false, others, false},
		"Annotated": {"The cluster's own word is stronger.", volumesPolicy + ": delete", "keep", false, false, others, false},
		"Absent":    {"A janitor that is gone lets nothing go.", "", "keep", true, false, append(ours[:4:4], others...), true},
		"NoSecret":  {"Without a credential nothing can be deleted.", "", "keep", false, true, append(ours[:4:4], others...), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{}, strings.NewReplacer("FINALIZER", janitorFinalizer, "NOTES", tc.notes).Replace(cluster))
			w.leftovers()
			if !tc.absent {
				w.install(tc.policy)
			}
			if !tc.locked {
				w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "clouds"}})
			}
			w.delete(cloudClusterKind, "shop-abcde")
			for range 5 {
				if err := w.run(janitors{w.shared}, "shop-abcde"); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(slices.Sorted(slices.Values(tc.want)), slices.Sorted(slices.Values(w.names()))); d != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, d)
			}
			if stays := w.get(cloudClusterKind, "shop-abcde") != nil; stays != tc.stays {
				t.Errorf("%s is it there? %v", tc.reason, stays)
			}
		})
	}
}

// TestJanitorGuards: a living cluster gets the finalizer, where there is a janitor.
func TestJanitorGuards(t *testing.T) {
	const cluster = "apiVersion: infrastructure.cluster.x-k8s.io/v1beta1\nkind: OpenStackCluster\nmetadata: {name: shop, namespace: ns}\nspec: {}\n"
	for _, installed := range []bool{false, true} {
		w := newWorld(t, Options{}, cluster)
		w.leftovers()
		before := len(w.names())
		if installed {
			w.install("keep")
		}
		if err := w.run(janitors{w.shared}, "shop"); err != nil {
			t.Fatal(err)
		}
		if hasFinalizer(w.get(cloudClusterKind, "shop"), janitorFinalizer) != installed || len(w.names()) != before {
			t.Errorf("installed %v: %v", installed, w.get(cloudClusterKind, "shop").GetFinalizers())
		}
	}
}

// install adds the janitor's Deployment.
func (w *world) install(policy string) {
	w.t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "janitor", Name: "janitor", Labels: janitorLabels}}
	if policy != "" {
		d.Spec.Template.Annotations = map[string]string{defaultVolumesPolicy: policy}
	}
	w.create(d)
}

func (w *world) create(o client.Object) {
	w.t.Helper()
	if err := w.client.Create(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}
