package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// TestPlatformEdits changes the catalogue under a running cluster.
func TestPlatformEdits(t *testing.T) {
	w := start(t, "skerry")
	team := w.team(t, "platform")
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"))
	w.order(t, c)
	w.ready(t, c)
	w.still(t, c)
	ids, versions := w.identities(t, c), w.versions(t, c)
	original, platform := w.platform.DeepCopy(), w.platform.DeepCopy()
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := manifest.Apply(context.Background(), w.client, original); err != nil {
			t.Log(err)
		}
	})
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
	if d := cmp.Diff(versions, w.versions(t, c)); d != "" {
		t.Errorf("what runs should stay as it is:\n%s", d)
	}
	edit(func(map[string]any) {})
	w.await(t, platform, "accepted again", accepted("True"))
	w.await(t, c, "accepted again", accepted("True"))

	t.Log("a new patch version waits for its image, and then rolls every node")
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
	w.remove(t, c)
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
