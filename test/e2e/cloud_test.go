package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/trace"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// statefulInCloud are the kinds of the cloud whose loss loses data or connections.
// Servers come and go by design.
var statefulInCloud = []cloud.Kind{
	cloud.Network, cloud.Subnet, cloud.Router, cloud.RouterInterface, cloud.SecurityGroup,
	cloud.LoadBalancer, cloud.Volume, cloud.ApplicationCredential, cloud.Container, cloud.Share, cloud.Zone,
}

// mark is a point in the cloud's history.
func (w *world) mark(t *testing.T) int {
	t.Helper()
	last := 0
	eventually(t, "the cloud reports", func() error {
		r, err := w.cloud.Report(t.Context())
		last = r.LastEvent
		return err
	})
	return last
}

// eventsOf are the cloud's events since the mark that are about a cluster.
func (w *world) eventsOf(t *testing.T, mark int, prefix string) []cloud.Event {
	t.Helper()
	events, err := w.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(events, func(e cloud.Event) bool { return !strings.HasPrefix(e.Owner.Name, prefix) })
}

// noStatefulDeletes fails the test if anything stateful of the claim was deleted
// since the mark. The volumes of machines go with them.
func (w *world) noStatefulDeletes(t *testing.T, claim *unstructured.Unstructured, mark int) {
	t.Helper()
	for _, e := range w.eventsOf(t, mark, w.prefix(t, claim)) {
		ofMachine := e.Kind == cloud.Volume && (strings.HasSuffix(e.Name, "-etcd") || strings.HasSuffix(e.Name, "-root"))
		if slices.Contains(statefulInCloud, e.Kind) && (e.Verb == cloud.Delete || e.Verb == cloud.Gone) && !e.Part && !ofMachine {
			t.Errorf("nothing stateful should be deleted: %s %s %q of %s: %s", e.Verb, e.Kind, e.Name, e.Owner, e.Message)
		}
	}
}

// inOrder fails the test if the cloud had to refuse a deletion since the mark.
func (w *world) inOrder(t *testing.T, prefix string, mark int) {
	t.Helper()
	deletes := 0
	for _, e := range w.eventsOf(t, mark, prefix) {
		if e.Verb != cloud.Delete {
			continue
		}
		deletes++
		if e.Outcome == cloud.Refused {
			t.Errorf("deletions should come in an order that the cloud allows: %s %q was refused: %s", e.Kind, e.Name, e.Message)
		}
	}
	if deletes == 0 {
		t.Errorf("something of %s should have been deleted in the cloud", prefix)
	}
}

// home is the namespace in which a team's claims compose.
func (w *world) home(team string) string {
	if w.cluster.Config().Configuration == "skerry-namespaced" {
		return team
	}
	return "skerry-system"
}

// prefix begins the names of everything that a claim has come to, its machines
// too.
func (w *world) prefix(t *testing.T, claim *unstructured.Unstructured) string {
	t.Helper()
	name := ""
	eventually(t, "there is a Cluster", func() error {
		composed, err := w.composedNow(t.Context(), claim)
		for _, o := range composed {
			if o.GetKind() == "Cluster" {
				name = o.GetName()
			}
		}
		if err == nil && name == "" {
			err = errors.New("none is composed")
		}
		return err
	})
	return name
}

// remains are what tells the things that a claim has come to from others.
type remains struct {
	claim        *unstructured.Unstructured
	prefix, home string
	kinds        []schema.GroupVersionKind
	// composed by the claim, and the composite.
	composed []*unstructured.Unstructured
	// uids of all that, and of what it owns.
	uids map[string]bool
	// kept are the Secrets that are meant to outlive the cluster, and the ids of buckets.
	kept    []metav1.PartialObjectMetadata
	buckets []string
}

// remainsOf reads what a claim has come to.
func (w *world) remainsOf(t *testing.T, claim *unstructured.Unstructured) remains {
	t.Helper()
	r := remains{
		claim: claim, prefix: w.prefix(t, claim), home: w.home(claim.GetNamespace()), uids: map[string]bool{},
		// Events are logs, which stay for their time.
		kinds: slices.DeleteFunc(w.kinds(t), func(k schema.GroupVersionKind) bool { return k.Kind == "Event" }),
	}
	r.composed = w.composed(t, claim)
	xr, err := trace.Composite(t.Context(), w.client, claim)
	if err != nil || xr == nil {
		t.Fatalf("%s should have a composite (error %v)", manifest.Title(claim), err)
	}
	r.composed = append(r.composed, xr)
	for _, o := range append(r.composed, claim) {
		r.uids[string(o.GetUID())] = true
	}
	all, err := w.heads(t.Context(), r.kinds)
	if err != nil {
		t.Fatal(err)
	}
	// What is owned may own more, and stand before it in the list.
	for known := 0; known < len(r.uids); {
		known = len(r.uids)
		for i := range all {
			if r.has(&all[i]) && !kept(&all[i]) {
				r.uids[string(all[i].UID)] = true
			}
		}
	}
	for i := range all {
		if r.has(&all[i]) && kept(&all[i]) {
			r.kept = append(r.kept, all[i])
		}
	}
	for _, b := range r.inCloud(t, w) {
		if backups(b) {
			r.buckets = append(r.buckets, b.ID)
		}
	}
	return r
}

// has says whether an object is the claim's: it is named or labelled after it, or owned
// by what is.
func (r remains) has(o *metav1.PartialObjectMetadata) bool {
	if r.uids[string(o.UID)] {
		return true
	}
	for _, owner := range o.OwnerReferences {
		if r.uids[string(owner.UID)] {
			return true
		}
	}
	if o.Labels["crossplane.io/claim-namespace"] == r.claim.GetNamespace() && o.Labels["crossplane.io/claim-name"] == r.claim.GetName() {
		return true
	}
	if !slices.Contains([]string{"", r.home, r.claim.GetNamespace()}, o.Namespace) {
		return false
	}
	return strings.HasPrefix(o.Name, r.prefix) || o.Labels["cluster.x-k8s.io/cluster-name"] == r.prefix
}

// inCloud is what of a claim is in the cloud.
func (r remains) inCloud(t *testing.T, w *world) []cloud.Resource {
	t.Helper()
	all, err := w.cloud.Resources(t.Context(), cloud.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(o cloud.Resource) bool {
		return !strings.HasPrefix(o.Owner.Name, r.prefix) && !r.uids[o.Owner.UID]
	})
}

// kept says whether an object is meant to outlive its cluster. That is the key of the
// snapshots of etcd alone: nobody could read what is in their bucket without it.
func kept(o *metav1.PartialObjectMetadata) bool {
	return o.Kind == "Secret" && strings.HasPrefix(o.Name, "skerry-backups-") && strings.HasSuffix(o.Name, "-etcd")
}

// left names what is left in the management cluster, but for what is kept.
func (r remains) left(ctx context.Context, w *world) error {
	// Few are asked for before everything is looked at.
	if err := anyLeft(ctx, w.client, r.composed); err != nil {
		return err
	}
	all, err := w.heads(ctx, r.kinds)
	if err != nil {
		return err
	}
	var out []string
	for i := range all {
		if r.has(&all[i]) && !kept(&all[i]) {
			out = append(out, titleOf(all[i].GroupVersionKind(), &all[i]))
		}
	}
	if len(out) > 0 {
		return fmt.Errorf("these are left: %s", strings.Join(out, ", "))
	}
	return nil
}

// nothingLeft waits until nothing of a claim is left, neither in the management cluster
// nor in the cloud, and sees that what is to be kept is.
func (w *world) nothingLeft(t *testing.T, r remains) {
	t.Helper()
	defer func() {
		if t.Failed() {
			r.explain(t, w)
		}
	}()
	eventually(t, "nothing is left of "+manifest.Title(r.claim), func() error {
		time.Sleep(time.Second) // It looks at much, and others want to be served too.
		return r.left(t.Context(), w)
	})
	var buckets []string
	for _, o := range r.inCloud(t, w) {
		if backups(o) {
			buckets = append(buckets, o.ID)
			continue
		}
		t.Errorf("nothing should be left in the cloud, got %s %q of %s", o.Kind, o.Name, o.Owner)
	}
	slices.Sort(buckets)
	slices.Sort(r.buckets)
	check(t, "the buckets with backups of "+manifest.Title(r.claim), r.buckets, buckets)
	for i := range r.kept {
		o := &corev1.Secret{}
		err := w.client.Get(t.Context(), client.ObjectKeyFromObject(&r.kept[i]), o)
		if err != nil || o.UID != r.kept[i].UID {
			t.Errorf("Secret %s/%s should be kept as it was (error %v)", r.kept[i].Namespace, r.kept[i].Name, err)
		}
	}
}

// explain logs what of a claim is left, and what there is to say of it.
func (r remains) explain(t *testing.T, w *world) {
	t.Helper()
	var b strings.Builder
	for _, o := range r.composed {
		there := o.DeepCopy()
		if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(o), there); err == nil {
			fmt.Fprintf(&b, "%s, deleted at %v\n", manifest.Title(there), there.GetDeletionTimestamp())
			conditionsOf(&b, there)
		}
	}
	t.Log(b.String())
	for _, c := range r.inCloud(t, w) {
		t.Logf("in the cloud: %s %q of %s, %s, made at %v", c.Kind, c.Name, c.Owner, c.State, c.Created)
	}
}

// backups says whether something is the bucket of a cluster's backups, which are kept
// for their time.
func backups(r cloud.Resource) bool {
	about, _ := r.Attributes["metadata"].(map[string]any)
	return r.Kind == cloud.Container && about["Skerry-Backups-Of"] != nil
}

// gone waits until a claim that was deleted is.
func (w *world) gone(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	var err error
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(pollEvery) {
		if err = w.client.Get(t.Context(), client.ObjectKeyFromObject(claim), claim); apierrors.IsNotFound(err) {
			return
		}
	}
	t.Fatalf("%s should be gone (error %v)\n%s", manifest.Title(claim), err, w.explain(claim))
}

// remove deletes claims, and sees that everything they came to goes, in an order
// that the cloud allows.
func (w *world) remove(t *testing.T, claims ...*unstructured.Unstructured) {
	t.Helper()
	var all []remains
	mark := w.mark(t)
	for _, c := range claims {
		all = append(all, w.remainsOf(t, c))
		if err := w.client.Delete(t.Context(), c); err != nil {
			t.Fatalf("cannot delete %s: %v", manifest.Title(c), err)
		}
	}
	for _, c := range claims {
		w.gone(t, c)
	}
	for _, r := range all {
		w.nothingLeft(t, r)
		w.inOrder(t, r.prefix, mark)
	}
}
