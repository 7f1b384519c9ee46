package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/access"
	"github.com/skerry-dev/skerry/functions/internal/component/autoscaling"
	"github.com/skerry-dev/skerry/functions/internal/component/certificates"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/component/dns"
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/component/metrics"
	"github.com/skerry-dev/skerry/functions/internal/component/network"
	"github.com/skerry-dev/skerry/functions/internal/component/policies"
	"github.com/skerry-dev/skerry/functions/internal/component/protection"
	"github.com/skerry-dev/skerry/functions/internal/component/reach"
	"github.com/skerry-dev/skerry/functions/internal/component/storageclasses"
	"github.com/skerry-dev/skerry/functions/internal/engine"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// library is how apimachinery encodes the same.
func library(t *testing.T, v any) *structpb.Struct {
	t.Helper()
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(v)
	if err != nil {
		t.Fatal(err)
	}
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What components render is encoded as apimachinery's converter encodes it.
func TestToStructIsTheLibrarys(t *testing.T) {
	private := plantest.Cluster(t, func(c *v1alpha1.KubernetesClusterSpec) {
		c.Network.CNI = "Calico"
		c.Network.FirewallRules = []v1alpha1.FirewallRule{{Name: "ping", Protocol: "ICMP", Sources: []v1alpha1.CIDR{"::/0"}}}
	})
	private.Cloud.CACertificate, private.Network.DualStack = "-----BEGIN CERTIFICATE-----\n", true
	for _, p := range []*plan.Cluster{plantest.Cluster(t, plantest.Level("Premium")), private} {
		encodedAlike(t, p)
	}
}

func encodedAlike(t *testing.T, p *plan.Cluster) {
	t.Helper()
	for _, room := range []func(*plan.Cluster) (render.Set, error){
		network.Render, credentials.Render, engine.Render, reach.Render, protection.Render, cni.Render, cloudprovider.Render,
		storageclasses.Render, metrics.Render, ingress.Render, certificates.Render, dns.Render, autoscaling.Render,
		policies.Render, access.Render,
	} {
		s, err := room(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Resources {
			got, err := toStruct(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(library(t, r.Body), got, protocmp.Transform()); diff != "" {
				t.Errorf("%s: -library +ours:\n%s", r.Key, diff)
			}
		}
	}
}

type odd struct {
	Pointer  *int64   `json:"pointer"`
	None     *int64   `json:"none,omitempty"`
	Empty    []string `json:"empty,omitempty"`
	NoTag    bool
	Zero     struct{ A int64 } `json:"zero,omitzero"`
	Quantity resource.Quantity `json:"quantity"`
	Any      any               `json:"any"`
	Hidden   string            `json:"-"`
}

func TestToStructOddities(t *testing.T) {
	n := int64(7)
	in := &odd{Pointer: &n, Quantity: resource.MustParse("10Gi"), Any: map[string]any{"l": []any{1.5, nil, "s"}}, Hidden: "x"}
	got, err := toStruct(in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"pointer": 7.0, "NoTag": false, "quantity": "10Gi",
		"any": map[string]any{"l": []any{1.5, nil, "s"}},
	}
	if diff := cmp.Diff(want, got.AsMap()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestToStructRefuses(t *testing.T) {
	if _, err := toStruct(&struct {
		C chan int `json:"c"`
	}{}); err == nil {
		t.Error("a channel was encoded")
	}
	if _, err := toStruct("text"); err == nil {
		t.Error("a string became a struct")
	}
}
