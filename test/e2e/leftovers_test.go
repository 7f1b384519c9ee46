package e2e_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	// archive is a Storage whose data is to be kept, scratch a claim that a team has made
	// without one.
	archive, scratch = "archive", "scratch"
	// note is a file in both.
	note = "note"
)

// deleted deletes the cluster while nothing in it helps and the cloud fails now and
// then: its API is dead, and it has a load balancer and a volume that a team made with
// nothing but a Service and a claim. What stays is what the claim has said before, and
// the volume.
func (u *upkeep) deleted(t *testing.T) {
	d := u.depotIn(t, u.claim)
	u.publish(t, d.work, d.prefix)
	d.legacy(t, scratch)
	d.write(t, scratch, note, "1;2;3")
	said, bucket := u.tellsWhatStays(t, d)

	r, namespace, mark := u.remainsOf(t, u.claim), u.home(u.claim.GetNamespace()), u.world.mark(t)
	u.do(t, "kube-apiserver@"+namespace+"."+d.prefix, "stop")
	faults := u.failDeletions(t, d.prefix)
	u.deleteClaim(t, u.claim)
	eventually(t, "nothing is left of "+d.prefix, func() error {
		time.Sleep(time.Second) // It looks at much, and others want to be served too.
		return r.left(t.Context(), u.world)
	})
	u.struck(t, faults)
	u.inOrder(t, d.prefix, mark)
	u.keyOf(t, namespace, bucket+"-etcd")
	stays := r.inCloud(t, u.world)
	check(t, "what is left in the cloud", slices.Sorted(slices.Values(append(said, "Volume "+scratch))), titles(stays))
	u.free(t, d.prefix, stays)
}

// publish gives the cluster a load balancer that a team makes with nothing but a
// Service, of the programs that ran while it slept.
func (u *upkeep) publish(t *testing.T, work client.Client, prefix string) {
	t.Helper()
	s := &corev1.Service{}
	if err := work.Get(t.Context(), client.ObjectKey{Namespace: shopNamespace, Name: "web"}, s); err != nil {
		t.Fatal(err)
	}
	s.Spec.Type = corev1.ServiceTypeLoadBalancer
	if err := work.Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the cloud has its load balancer", func() error {
		all, err := u.cloud.Resources(t.Context(), cloud.Filter{Kind: cloud.LoadBalancer})
		if err == nil && !slices.ContainsFunc(all, func(r cloud.Resource) bool { return strings.HasPrefix(r.Name, madeInside(prefix)) }) {
			err = errors.New("there is none")
		}
		return err
	})
}

// madeInside begins the names of load balancers that a cluster's Services have.
func madeInside(prefix string) string { return "kube_service_" + prefix + "_" }

// tellsWhatStays has the cluster backed up, and gives it a Storage whose data is kept.
// It returns what the claim says that would stay, as titles of what that is in the
// cloud, and the bucket of its backups. The Storage is deleted: the cluster can't be
// while there is one.
func (u *upkeep) tellsWhatStays(t *testing.T, d *depot) (said []string, bucket string) {
	t.Helper()
	u.mustChange(t, u.claim, func(spec map[string]any) {
		spec["backup"] = map[string]any{"enabled": true, "schedule": "0 2 * * *", "retention": "1d", "etcdSchedule": "0 1 * * *"}
	})
	s := d.storage(t, "storage.yaml", archive, func(spec map[string]any) {
		spec["keep"] = map[string]any{"policy": "Retain", "term": "30d"}
		delete(spec, "snapshots")
	})
	u.order(t, s)
	u.ready(t, s)
	d.mount(t, archive)
	d.write(t, archive, note, "4;5;6")
	u.await(t, u.claim, "told what stays", func(o *unstructured.Unstructured) error {
		bucket = textAt(o, "status", "backup", "bucket")
		want := []any{
			map[string]any{"kind": "Backups", "name": bucket, "for": "1d"},
			map[string]any{"kind": "EtcdSnapshots", "name": bucket + "-etcd", "for": "1d"},
			map[string]any{"kind": "Storage", "name": archive, "for": "30d"},
		}
		return errors.Join(field(want, "status", "kept")(o), settled(o))
	})
	kept, _, _ := unstructured.NestedSlice(u.claim.Object, "status", "kept")
	for _, e := range kept {
		k, _ := e.(map[string]any)
		kind := cloud.Container
		if k["kind"] == "Storage" {
			kind = cloud.Volume
		}
		said = append(said, fmt.Sprintf("%s %s", kind, k["name"]))
	}
	d.deleteStorage(t, s)
	return said, bucket
}

// failDeletions lets the cloud fail to delete, of each kind a few times: what a
// controller of its own makes, and what is made for programs in the cluster.
func (u *upkeep) failDeletions(t *testing.T, prefix string) []string {
	t.Helper()
	const times = 2
	var out []string
	for kind, begins := range map[cloud.Kind]string{
		cloud.Server: prefix, cloud.LoadBalancer: madeInside(prefix),
		cloud.Network: prefix, cloud.Subnet: prefix, cloud.Router: prefix, cloud.ApplicationCredential: prefix,
	} {
		f := cloud.Unavailable()
		f.Verb, f.Kind, f.NamePrefix, f.Count = cloud.Delete, kind, begins, times
		id, err := u.cloud.Fail(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, id)
	}
	return out
}

// struck fails the test unless these faults have healed, by having struck as often as
// they should.
func (u *upkeep) struck(t *testing.T, ids []string) {
	t.Helper()
	set, err := u.cloud.Faults(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set {
		if slices.Contains(ids, f.ID) {
			t.Errorf("the deletion of %s %q should have failed %d times, and did %d times", f.Kind, f.NamePrefix, f.Count, f.Failed)
		}
	}
}

// titles names resources, and volumes by the claim that they were made for.
func titles(all []cloud.Resource) []string {
	var out []string
	for _, r := range all {
		name := r.Name
		if claim, ok := aboutOf(r)["csi.storage.k8s.io/pvc/name"].(string); ok {
			name = claim
		}
		out = append(out, fmt.Sprintf("%s %s", r.Kind, name))
	}
	slices.Sort(out)
	return out
}

// aboutOf is what is written on a resource.
func aboutOf(r cloud.Resource) map[string]any {
	about, _ := r.Attributes["metadata"].(map[string]any)
	return about
}

// free looks at what was left as whoever clears up later: it says whose it was, it
// holds what was written, and nothing keeps it from being deleted.
func (u *upkeep) free(t *testing.T, prefix string, stays []cloud.Resource) {
	t.Helper()
	files, err := u.cloud.Resources(t.Context(), cloud.Filter{Kind: cloud.File})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range stays {
		if r.Kind == cloud.Volume {
			check(t, "whose volume it is", any(prefix), aboutOf(r)["cinder.csi.openstack.org/cluster"])
			if !slices.ContainsFunc(files, func(f cloud.Resource) bool { return f.Text("volumeId") == r.ID && f.Name == note }) {
				t.Errorf("%s should hold what was written into it", r.Name)
			}
		} else {
			check(t, "whose backups they are", any(u.claim.GetNamespace()+"/"+u.claim.GetName()), aboutOf(r)["Skerry-Backups-Of"])
		}
		if err := u.cloud.Delete(t.Context(), r.Kind, r.ID); err != nil {
			t.Errorf("what was left should be free to go: %v", err)
		}
	}
}
