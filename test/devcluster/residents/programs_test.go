package residents

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// TestRunsOnServer: a program runs as long as the server of its node, whatever is left in
// the API of node and pod. A cluster that is deleted keeps both.
func TestRunsOnServer(t *testing.T) {
	w := routed(t)
	network := w.live(cloud.Network)[0].ID
	server := func() cloud.Resource {
		t.Helper()
		s, err := w.cloud.Create(w.context(), cloud.Spec{Kind: cloud.Server, Owner: cloud.Owner{Name: "shop-nodes"}, Attributes: map[string]any{
			"name": "node-1", "flavor": "m1.medium", "image": "ubuntu", "networkIds": []any{network},
		}})
		w.must(err)
		return s
	}
	runs := func(want bool, when string) {
		t.Helper()
		got, err := program{"app": "agent"}.runs(w.context(), w.town)
		if err != nil || got != want {
			t.Errorf("%s the program should run: %t, got %t (error %v)", when, want, got, err)
		}
	}
	p := pod("agent", map[string]string{"app": "agent"}, "")
	p.Spec.NodeName = "node-1"
	w.run(p)
	runs(false, "without a node")

	first := server()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}, Spec: corev1.NodeSpec{ProviderID: "openstack:///" + first.ID}}
	w.must(w.town.client.Create(w.context(), node))
	runs(true, "on a node with a server")

	w.must(w.cloud.Delete(w.context(), cloud.Server, first.ID))
	runs(false, "when the server is gone")

	server()
	runs(false, "on a server of the same name that is another")
}
