package e2e_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// TestPlatformEdits changes the catalogue under running clusters: one whose window is
// always open, and one whose window is closed. It has a management cluster of its own: all
// claims of one share the Platform.
func TestPlatformEdits(t *testing.T) {
	first := start(t, "skerry")
	w := first.copied(t, "platform")
	t.Parallel()
	team := w.team(t, "platform")
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"), pools(pool("web", 2)))
	waits := w.claim(t, "cluster.yaml", team, "waits", level("Standard"), unprotected, closed, pools(pool("web", 1)))
	for _, o := range []*unstructured.Unstructured{c, waits} {
		w.order(t, o)
	}
	w.ready(t, c, waits)
	if err := first.client.Get(t.Context(), client.ObjectKeyFromObject(c), c.DeepCopy()); !apierrors.IsNotFound(err) {
		t.Errorf("a management cluster should know nothing of its copy, got %v", err)
	}
	w.quiet(t)
	ids, versions := w.identities(t, c), w.versions(t, c)
	idsWaiting, versionsWaiting, machines := w.identities(t, waits), w.versions(t, waits), w.machines(t, waits)
	original, platform := w.platform.DeepCopy(), w.platform.DeepCopy()
	edit := func(f func(spec map[string]any)) {
		t.Helper()
		p := original.DeepCopy()
		spec, _ := p.Object["spec"].(map[string]any)
		f(spec)
		if err := manifest.Apply(t.Context(), w.client, p); err != nil {
			t.Fatal(err)
		}
	}

	t.Log("a Platform that contradicts itself is refused, and so says the claim")
	edit(func(spec map[string]any) {
		// A name that says nothing, and nothing beside it that does.
		north := cloudOf(spec)
		flavors, _ := north["flavors"].([]any)
		north["flavors"] = append(flavors, map[string]any{"name": "mystery"})
	})
	w.await(t, platform, "refused", accepted("False"))
	w.await(t, c, "told about it", accepted("False"))
	w.await(t, waits, "told about it", accepted("False"))
	check(t, "what runs", versions, w.versions(t, c))
	check(t, "what runs beside it", versionsWaiting, w.versions(t, waits))
	edit(func(map[string]any) {})
	w.await(t, platform, "accepted again", accepted("True"))
	w.await(t, c, "accepted again", accepted("True"))
	w.await(t, waits, "accepted again", accepted("True"))

	t.Log("a new patch version waits for its image, and then rolls every node in its window")
	patch := func(spec map[string]any) {
		versions, _ := spec["kubernetesVersions"].([]any)
		spec["kubernetesVersions"] = append(versions, map[string]any{"name": "1.36", "patch": "1.36.5"})
	}
	edit(patch)
	w.await(t, platform, "accepted", accepted("True"))
	w.quiet(t)
	w.runs(t, c, "v1.36.4")
	edit(func(spec map[string]any) {
		patch(spec)
		north := cloudOf(spec)
		images, _ := north["images"].([]any)
		// One for each architecture that the cloud has the running version for.
		north["images"] = append(images,
			map[string]any{"name": "ubuntu-2404-kube-v1.36.5", "kubernetesVersion": "1.36.5"},
			map[string]any{"name": "ubuntu-2404-kube-v1.36.5-arm64", "kubernetesVersion": "1.36.5", "architecture": "arm64"})
	})
	w.runs(t, c, "v1.36.5")
	w.ready(t, c)
	w.untouched(t, c, ids)
	w.await(t, waits, "told that it waits for its window", func(o *unstructured.Unstructured) error {
		return errors.Join(tells("Maintained", "False", "kubernetes")(o), pends(o, "kubernetes", 4), settled(o))
	})
	w.still(t, waits)
	w.runs(t, waits, "v1.36.4")
	check(t, "the machines of a cluster whose window is closed", machines, w.machines(t, waits))
	w.untouched(t, waits, idsWaiting)
	w.remove(t, c, waits)
}

// machines of a claim's cluster, with their UIDs by name.
func (w *world) machines(t *testing.T, claim *unstructured.Unstructured) map[string]string {
	t.Helper()
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "MachineList"})
	err := w.client.List(t.Context(), l, client.InNamespace(w.home(claim.GetNamespace())), client.MatchingLabels{"cluster.x-k8s.io/cluster-name": w.prefix(t, claim)})
	if err != nil || len(l.Items) == 0 {
		t.Fatalf("%s should have machines (error %v)", manifest.Title(claim), err)
	}
	out := map[string]string{}
	for i := range l.Items {
		out[l.Items[i].GetName()] = string(l.Items[i].GetUID())
	}
	return out
}

// cloudOf is the first cloud of a Platform.
func cloudOf(spec map[string]any) map[string]any {
	clouds, _ := spec["clouds"].([]any)
	north, _ := clouds[0].(map[string]any)
	return north
}

func accepted(want string) func(*unstructured.Unstructured) error {
	return func(o *unstructured.Unstructured) error {
		if status, message := manifest.Condition(o, "Accepted"); status != want {
			return fmt.Errorf("Accepted=%s, want %s: %s", status, want, message)
		}
		return nil
	}
}

// runs waits until every node of the cluster, and no other, has the version.
func (w *world) runs(t *testing.T, claim *unstructured.Unstructured, version string) {
	t.Helper()
	work := w.workload(t, claim)
	eventually(t, "all nodes run "+version, func() error {
		l := &corev1.NodeList{}
		if err := work.List(t.Context(), l); err != nil {
			return err
		}
		var wrong []string
		for _, n := range l.Items {
			if n.Status.NodeInfo.KubeletVersion != version {
				wrong = append(wrong, n.Name+" "+n.Status.NodeInfo.KubeletVersion)
			}
		}
		if len(wrong) > 0 || len(l.Items) == 0 {
			return fmt.Errorf("%d nodes, others: %s", len(l.Items), strings.Join(wrong, ", "))
		}
		return nil
	})
}
