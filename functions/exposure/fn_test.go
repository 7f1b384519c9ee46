package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
	"github.com/skerry-dev/skerry/test/pretend"
)

const (
	accepted  = "Accepted=true Accepted"
	delivered = "Delivered=true Delivered"
)

var (
	keys = []string{"certificate", "ingress", "uses-cluster"}
	urls = []any{"https://shop.apps.example.org", "https://www.apps.example.org"}
)

func TestFirstCall(t *testing.T) {
	w := pretend.NewWorld(composite(t, claims, exposure(t, "{}")))
	req, err := w.Request(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewFunction(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	team := "team-a"
	want := &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: "pretended", Ttl: durationpb.New(time.Minute)},
		Desired: &fnv1.State{},
		Requirements: &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{
			"platform": {
				ApiVersion: "skerry.dev/v1alpha1", Kind: "Platform",
				Match: &fnv1.ResourceSelector_MatchName{MatchName: "default"},
			},
			"clusters": {
				ApiVersion: "skerry.dev/v1alpha1", Kind: "KubernetesCluster", Namespace: &team,
				Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{}},
			},
		}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
		t.Errorf("The first call asks for the Platform and for the team's clusters, and does nothing else.\n-want +got:\n%s", diff)
	}
}

// TestGolden renders an Exposure in both packages, from nothing to ready.
func TestGolden(t *testing.T) {
	for name, dir := range map[string]string{"claims": claims, "namespaced": namespaced} {
		t.Run(name, func(t *testing.T) {
			w := pretend.NewWorld(composite(t, dir, exposure(t, "{}")), platform(t), cluster(t, "shop", "north", "True"))
			rsp := settle(t, w)
			rendertest.Compare(t, filepath.Join("testdata", name+".yaml"), bodies(t, rsp))
			validate(t, dir, w, rsp)
			want := answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: map[string]any{"phase": "Ready", "urls": urls},
			}
			if diff := cmp.Diff(want, answerOf(rsp)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRunFunction(t *testing.T) {
	ready := func(t *testing.T) []map[string]any {
		return []map[string]any{platform(t), cluster(t, "shop", "north", "True")}
	}
	const creating = "Delivered=false Waiting: Object www-dbb14-ingress is being created. Object www-dbb14-certificate waits for ingress. Usage www-dbb14-exposure-uses-cluster is being created."
	cases := map[string]struct {
		reason   string
		spec     string
		required func(*testing.T) []map[string]any
		input    map[string]any
		want     answer
	}{
		"Created": {
			reason:   "The certificate is looked at once the Ingress is there.",
			required: ready,
			want: answer{
				Keys:       []string{"ingress", "uses-cluster"},
				Conditions: []string{accepted, creating},
				Status:     map[string]any{"phase": "Pending", "urls": urls},
			},
		},
		"OtherDomain": {
			reason:   "A host name outside the cloud's zone is served, and the team is told what it has to do.",
			spec:     `{hostnames: [shop.apps.example.org, www.example.com, notapps.example.org]}`,
			required: ready,
			want: answer{
				Keys: []string{"ingress", "uses-cluster"},
				Conditions: []string{
					accepted + ": Make the DNS record of www.example.com, notapps.example.org yourself, and point it at the cluster: records are made only under apps.example.org.",
					creating,
				},
				Status: map[string]any{
					"phase": "Pending",
					"urls":  []any{"https://shop.apps.example.org", "https://www.example.com", "https://notapps.example.org"},
				},
			},
		},
		"NoDNS": {
			reason: "So it is on a cloud that makes no records at all.",
			spec:   `{hostnames: [shop.apps.example.org]}`,
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), cluster(t, "shop", "south", "True")}
			},
			want: answer{
				Keys: []string{"ingress", "uses-cluster"},
				Conditions: []string{
					accepted + `: Make the DNS record of shop.apps.example.org yourself, and point it at the cluster: cloud "south" makes no DNS records.`,
					creating,
				},
				Status: map[string]any{"phase": "Pending", "urls": urls[:1]},
			},
		},
		"Waiting": {
			reason: "Before the cluster is ready nothing is made in it, but it can't be deleted any more.",
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), cluster(t, "shop", "north", "False")}
			},
			want: answer{
				Keys: []string{"uses-cluster"},
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: ingress waits for the Kubernetes API of KubernetesCluster shop. certificate waits for the Kubernetes API of KubernetesCluster shop. Usage www-dbb14-exposure-uses-cluster is being created.",
				},
				Status: map[string]any{"phase": "Pending"},
			},
		},
		"NoPlatform": {
			reason:   "Without a Platform nothing can be decided.",
			required: func(t *testing.T) []map[string]any { return []map[string]any{cluster(t, "shop", "north", "True")} },
			want:     refused(`Platform: "default" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`),
		},
		"NoCluster": {
			reason:   "A team without clusters is told so.",
			required: func(t *testing.T) []map[string]any { return []map[string]any{platform(t)} },
			want:     refused(`spec.clusterRef.name: "shop" is not a KubernetesCluster in namespace "team-a", which has none. Create the KubernetesCluster first.`),
		},
		"OtherClusters": {
			reason: "A slip in the name is answered with the names that there are.",
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), cluster(t, "store", "north", "True"), cluster(t, "blog", "north", "True")}
			},
			want: refused(`spec.clusterRef.name: "shop" is not a KubernetesCluster in namespace "team-a". Allowed: blog, store.`),
		},
		"NoHostnames": {
			reason:   "What the schema would have refused is refused here too.",
			spec:     `{hostnames: []}`,
			required: ready,
			want:     refused(`spec.hostnames: "" has no host name. Add the name under which the service is to be reached.`),
		},
		"WrongType": {
			reason:   "What can't be decoded is an error, not a panic.",
			spec:     `{service: frontend}`,
			required: ready,
			want: answer{
				Fatal:      "cannot decode *v1alpha1.Exposure: json: cannot unmarshal string into Go struct field ExposureSpec.spec.service of type v1alpha1.ServiceReference",
				Conditions: []string{"Accepted=false CannotCompose: cannot decode *v1alpha1.Exposure: json: cannot unmarshal string into Go struct field ExposureSpec.spec.service of type v1alpha1.ServiceReference"},
			},
		},
		"WrongInput": {
			reason:   "An input that isn't one is an error.",
			required: ready,
			input:    map[string]any{"platformName": map[string]any{"not": "a name"}},
			want: answer{
				Fatal:      "cannot decode the function's input: unrecognized type: string",
				Conditions: []string{"Accepted=false CannotCompose: cannot decode the function's input: unrecognized type: string"},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.spec == "" {
				tc.spec = "{}"
			}
			w := pretend.NewWorld(composite(t, claims, exposure(t, tc.spec)), tc.required(t)...)
			w.Input = tc.input
			if diff := cmp.Diff(tc.want, answerOf(call(t, w)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func refused(message string) answer {
	return answer{Fatal: message, Conditions: []string{"Accepted=false NotServed: " + message}}
}

// TestWithoutClaim: a composite that somebody made by hand belongs to no team.
func TestWithoutClaim(t *testing.T) {
	xr := composite(t, claims, exposure(t, "{}"))
	delete(xr["spec"].(map[string]any), "claimRef")
	w := pretend.NewWorld(xr, platform(t), cluster(t, "shop", "north", "True"))
	want := refused(`metadata.name: "www-dbb14" was made by no claim, so it belongs to no team. Create the Exposure in the team's namespace instead.`)
	if diff := cmp.Diff(want, answerOf(call(t, w)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
