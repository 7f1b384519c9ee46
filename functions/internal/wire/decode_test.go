package wire

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

func TestOwner(t *testing.T) {
	cases := map[string]struct {
		reason, xr string
		want       plan.Owner
	}{
		"claim": {
			"what a claim's composite composes lives with the platform, the team is the claim's",
			`{kind: XKubernetesCluster, metadata: {name: shop-x7k2p}, spec: {claimRef: {kind: KubernetesCluster, namespace: team-a, name: shop}}}`,
			plan.Owner{
				Home: plan.Home{Namespace: "skerry-system", Prefix: "shop-x7k2p"},
				Team: plan.Team{Namespace: "team-a", Name: "shop", Kind: "KubernetesCluster"},

				Composite: "XKubernetesCluster",
			},
		},
		"namespaced": {
			"a namespaced composite is its own claim, and home is beside it",
			`{kind: KubernetesCluster, metadata: {name: shop, namespace: team-a}, spec: {crossplane: {}}}`,
			plan.Owner{
				Home: plan.Home{Namespace: "team-a", Prefix: plan.OwnPrefix("team-a", "shop")},
				Team: plan.Team{Namespace: "team-a", Name: "shop", Kind: "KubernetesCluster"},
			},
		},
		"direct": {
			"a cluster-scoped composite without a claim belongs to the platform, and is what one deletes",
			`{kind: XKubernetesCluster, metadata: {name: shop}, spec: {}}`,
			plan.Owner{
				Home: plan.Home{Namespace: "skerry-system", Prefix: "shop"},
				Team: plan.Team{Namespace: "skerry-system", Name: "shop", Kind: "XKubernetesCluster"},

				Composite: "XKubernetesCluster",
			},
		},
		"claim taken away": {
			"a null reference is none",
			`{kind: XKubernetesCluster, metadata: {name: shop}, spec: {claimRef: null}}`,
			plan.Owner{
				Home: plan.Home{Namespace: "skerry-system", Prefix: "shop"},
				Team: plan.Team{Namespace: "skerry-system", Name: "shop", Kind: "XKubernetesCluster"},

				Composite: "XKubernetesCluster",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := Owner(Composite(ofComposite(t, tc.xr)), "KubernetesCluster", "skerry-system")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	const refused = "cannot decode *v1alpha1.KubernetesCluster: "
	cases := map[string]struct{ reason, xr, want, refused string }{
		"spec":           {reason: "the claim's fields", xr: `{kind: A, spec: {cloud: north, version: "1.36"}}`, want: "north"},
		"Crossplane's":   {reason: "fields that Crossplane adds are skipped", xr: `{spec: {cloud: north, claimRef: {name: a}, resourceRefs: [{name: b}], crossplane: {}}}`, want: "north"},
		"broken status":  {reason: "the status isn't looked at, whatever it is", xr: `{spec: {cloud: north}, status: 7, metadata: {creationTimestamp: no time}}`, want: "north"},
		"no spec":        {reason: "no spec is an empty one", xr: `{kind: A}`},
		"number":         {reason: "text is text", xr: `{spec: {cloud: 7}}`, refused: refused},
		"half a node":    {reason: "a whole number is whole", xr: `{spec: {nodePools: [{replicas: 1.5}]}}`, refused: refused},
		"not a quantity": {reason: "a size is a size", xr: `{spec: {nodePools: [{rootVolume: {size: large}}]}}`, refused: refused},
		"nothing":        {reason: "a request without a composite is a fault", refused: refused + "the request has none"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			claim := &v1alpha1.KubernetesCluster{}
			failed(t, tc.reason, tc.refused, Decode(ofComposite(t, tc.xr), claim))
			if diff := cmp.Diff(tc.want, claim.Spec.Cloud); diff != "" {
				t.Errorf("%s: cloud: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestPlatformName(t *testing.T) {
	cases := map[string]struct{ reason, input, want, refused string }{
		"no input":    {reason: "functions need no input", want: unnamed},
		"empty":       {reason: "nor anything in it", input: `{apiVersion: skerry.dev/v1alpha1, kind: Input}`, want: unnamed},
		"named":       {reason: "the Platform that the composition names", input: `{kind: Input, platformName: other}`, want: "other"},
		"not a name":  {reason: "a slip isn't the default Platform", input: `{kind: Input, platformName: {name: other}}`, refused: "cannot decode the function's input: "},
		"other field": {reason: "an input may carry what other tools put there", input: `{kind: Input, metadata: {name: x}, other: y}`, want: unnamed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := PlatformName(&fnv1.RunFunctionRequest{Input: parsed(t, tc.input)})
			failed(t, tc.reason, tc.refused, err)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: name: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestObserved(t *testing.T) {
	req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{Resources: map[string]*fnv1.Resource{
		"a": {Resource: parsed(t, `{status: {atProvider: {id: "1"}}}`), ConnectionDetails: map[string][]byte{"k": []byte("v")}},
		"b": {},
	}}}
	have := Observed(req)
	if id := observed.ExternalID(have.Get("a")); id != "1" || string(have.Get("a").Connection["k"]) != "v" {
		t.Errorf("id %q and connection details %q, want 1 and v", id, have.Get("a").Connection)
	}
	if !have.Has("b") || have.Get("b").Exists() {
		t.Error("a resource without content is in the set, and reads as nothing")
	}
	if len(have) != 2 || len(Observed(&fnv1.RunFunctionRequest{})) != 0 {
		t.Errorf("got %d resources, want 2", len(have))
	}
}

// failed wants an error that begins so, or none. How it ends is the decoder's.
func failed(t *testing.T, reason, want string, err error) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", reason, err)
	case want != "" && err == nil:
		t.Errorf("%s: it was not refused", reason)
	case want != "" && !strings.HasPrefix(err.Error(), want):
		t.Errorf("%s: the error is %q, which doesn't begin with %q", reason, err, want)
	}
}
