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
	keys = []string{
		"backend", "certificate", "endpoints", "ingress", "network-policy",
		"record-a-shop.apps.example.org", "record-a-www.apps.example.org", "uses-cluster",
	}
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
			"exposures": {
				ApiVersion: "skerry.dev/v1alpha1", Kind: "Exposure", Namespace: &team,
				Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{}},
			},
		}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
		t.Errorf("The first call asks for the Platform, for the team's clusters and for its Exposures, and does nothing else.\n-want +got:\n%s", diff)
	}
}

// scenes are Exposures of all kinds: each protocol, way and level that makes a
// difference. None is the claim of the other tests.
var scenes = map[string]struct {
	spec  string
	drop  []string
	level string
	// urls and monthly cost that status has once it is ready.
	urls    []any
	monthly string
}{
	"": {urls: urls, monthly: "0.00"},
	"paths": {
		spec: `{hostnames: [shop.apps.example.org], paths: [{path: /api}, {path: /login, type: Exact}], allowedCIDRs: [192.0.2.0/24, "2001:db8::/32"], dns: None}`,
		urls: urls[:1], monthly: "0.00",
	},
	"secret": {spec: `{tls: {mode: Secret, secretName: wildcard}}`, urls: urls, monthly: "0.00"},
	"plain": {
		spec: `{hostnames: [shop.apps.example.org], tls: {mode: None}}`,
		urls: []any{"http://shop.apps.example.org"}, monthly: "0.00",
	},
	"gateway": {
		spec: `{via: Gateway, paths: [{path: /api}, {path: /login, type: Exact}], allowedCIDRs: [192.0.2.0/24]}`,
		urls: urls, monthly: "0.00",
	},
	"gateway-secret": {spec: `{via: Gateway, tls: {mode: Secret, secretName: wildcard}}`, urls: urls, monthly: "0.00"},
	"gateway-plain": {
		spec: `{via: Gateway, hostnames: [shop.apps.example.org], tls: {mode: None}}`,
		urls: []any{"http://shop.apps.example.org"}, monthly: "0.00",
	},
	"passthrough": {
		spec: `{protocol: TLSPassthrough, service: {name: vault, port: 443}, allowedCIDRs: [192.0.2.0/24]}`,
		urls: []any{"tls://shop.apps.example.org:443", "tls://www.apps.example.org:443"}, monthly: "0.00",
	},
	"tcp-besteffort": {
		spec: `{protocol: TCP, service: {name: db, port: 5432}}`, drop: []string{"hostnames"}, level: "BestEffort",
		urls: []any{"tcp://203.0.113.30:5432"}, monthly: "15.50",
	},
	"tcp-standard": {
		spec:  `{protocol: TCP, service: {name: db, port: 5432}, hostnames: [db.apps.example.org], allowedCIDRs: [192.0.2.0/24], loadBalancer: {proxyProtocol: true}}`,
		level: "Standard", urls: []any{"tcp://db.apps.example.org:5432"}, monthly: "15.50",
	},
	"tcp-premium": {
		spec:  `{protocol: TCP, service: {name: web, port: 80}, hostnames: [db.apps.example.org], loadBalancer: {address: Internal}}`,
		level: "Premium", urls: []any{"tcp://db.apps.example.org:80"}, monthly: "12.50",
	},
	"premium": {
		spec: `{paths: [{path: /shop}, {path: /cart}], probe: {path: "/healthz?full"}}`, level: "Premium", urls: urls, monthly: "0.00",
	},
	"tcp-premium-floating": {
		spec: `{protocol: TCP, service: {name: db, port: 5432}}`, drop: []string{"hostnames"}, level: "Premium",
		urls: []any{"tcp://203.0.113.30:5432"}, monthly: "15.50",
	},
	"udp": {
		spec: `{protocol: UDP, service: {name: dns, port: 53}, hostnames: [ns.apps.example.org]}`,
		urls: []any{"udp://ns.apps.example.org:53"}, monthly: "15.50",
	},
}

// scene returns the world of a scene in one of the packages.
func scene(t testing.TB, dir, name string) *pretend.World {
	t.Helper()
	s := scenes[name]
	c := pretend.KubernetesCluster("shop", "north", "True")
	if s.level != "" {
		c = atLevel(c, s.level)
	}
	if s.spec == "" {
		s.spec = "{}"
	}
	return pretend.NewWorld(composite(t, dir, without(exposure(t, s.spec), s.drop...)), telling(t), c)
}

// TestGolden renders Exposures of all kinds in both packages, from nothing to
// ready.
func TestGolden(t *testing.T) {
	for pkg, dir := range map[string]string{"claims": claims, "namespaced": namespaced} {
		for name, s := range scenes {
			file := pkg
			if name != "" {
				file += "-" + name
			}
			t.Run(file, func(t *testing.T) {
				w := scene(t, dir, name)
				rsp := settle(t, w)
				rendertest.Compare(t, filepath.Join("testdata", file+".yaml"), bodies(t, rsp))
				validate(t, dir, w, rsp)
				got := answerOf(rsp)
				if diff := cmp.Diff([]string{accepted, delivered}, got.Conditions); diff != "" || !got.Ready {
					t.Errorf("ready %t, conditions -want +got:\n%s", got.Ready, diff)
				}
				want := map[string]any{"phase": "Ready", "urls": s.urls, "cost": map[string]any{"monthly": s.monthly, "currency": "EUR"}}
				for field, v := range want {
					if diff := cmp.Diff(v, got.Status[field]); diff != "" {
						t.Errorf("status.%s: -want +got:\n%s", field, diff)
					}
				}
			})
		}
	}
}

// TestStatus is what a team reads of a settled Exposure.
func TestStatus(t *testing.T) {
	w := scene(t, claims, "")
	want := answer{Keys: keys, Ready: true, Conditions: []string{accepted, delivered}, Status: readyStatus()}
	if diff := cmp.Diff(want, answerOf(settle(t, w))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// readyStatus is the status of the claim of the tests, when all is well.
func readyStatus() map[string]any {
	return map[string]any{
		"phase":       "Ready",
		"urls":        urls,
		"addresses":   []any{"203.0.113.20"},
		"backend":     map[string]any{"state": "Healthy", "ready": 2.0},
		"certificate": map[string]any{"issued": true, "expires": "2026-04-01T00:00:00Z"},
		"cost":        map[string]any{"currency": "EUR", "monthly": "0.00"},
		"dns": []any{
			map[string]any{"host": "shop.apps.example.org", "state": "Managed"},
			map[string]any{"host": "www.apps.example.org", "state": "Managed"},
		},
	}
}

// with returns a status with other fields; a nil one is left out.
func with(status map[string]any, fields map[string]any) map[string]any {
	for k, v := range fields {
		if v == nil {
			delete(status, k)
			continue
		}
		status[k] = v
	}
	return status
}

// freshStatus is the status of the claim of the tests when nothing exists yet.
func freshStatus() map[string]any {
	return with(readyStatus(), map[string]any{
		"phase": "Pending", "addresses": nil, "backend": map[string]any{"state": "Unknown"}, "certificate": map[string]any{"issued": false},
		"dns": []any{waiting("shop.apps.example.org"), waiting("www.apps.example.org")},
	})
}

func waiting(host string) map[string]any {
	return map[string]any{"host": host, "state": "Waiting", "message": "Waits for the address at which the service is reached."}
}

func unmanaged(host, message string) map[string]any {
	return map[string]any{"host": host, "state": "Unmanaged", "message": message}
}

func TestRunFunction(t *testing.T) {
	ready := func(t *testing.T) []map[string]any {
		return []map[string]any{platform(t), pretend.KubernetesCluster("shop", "north", "True")}
	}
	const (
		creating = "Delivered=false Waiting: Object www-dbb14-backend is being created. Object www-dbb14-ingress is being created. Object www-dbb14-certificate waits for ingress. And "
		later    = "Make the record yourself once the address is known."
	)
	made := []string{"backend", "endpoints", "ingress", "uses-cluster"}
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
				Keys:       made,
				Conditions: []string{accepted, creating + "5 more."},
				Status:     freshStatus(),
			},
		},
		"OtherDomain": {
			reason:   "A host name outside the cloud's zone is served, and the team is told what it has to do.",
			spec:     `{hostnames: [shop.apps.example.org, www.example.com, notapps.example.org]}`,
			required: ready,
			want: answer{
				Keys: made,
				Conditions: []string{
					accepted + ": Make the DNS record of www.example.com, notapps.example.org yourself, and point it at the cluster: records are made only under apps.example.org.",
					creating + "4 more.",
				},
				Status: with(freshStatus(), map[string]any{
					"urls": []any{"https://shop.apps.example.org", "https://www.example.com", "https://notapps.example.org"},
					"dns":  []any{waiting("shop.apps.example.org"), unmanaged("www.example.com", later), unmanaged("notapps.example.org", later)},
				}),
			},
		},
		"NoDNS": {
			reason: "So it is on a cloud that makes no records at all.",
			spec:   `{hostnames: [shop.apps.example.org]}`,
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), pretend.KubernetesCluster("shop", "south", "True")}
			},
			want: answer{
				Keys: made,
				Conditions: []string{
					accepted + `: Make the DNS record of shop.apps.example.org yourself, and point it at the cluster: cloud "south" makes no DNS records.`,
					creating + "3 more.",
				},
				Status: with(freshStatus(), map[string]any{"urls": urls[:1], "dns": []any{unmanaged("shop.apps.example.org", later)}, "cost": nil}),
			},
		},
		"Waiting": {
			reason: "Before the cluster is ready nothing is made in it, but it can't be deleted any more.",
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), pretend.KubernetesCluster("shop", "north", "False")}
			},
			want: answer{
				Keys: []string{"uses-cluster"},
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: backend waits for the Kubernetes API of KubernetesCluster shop. ingress waits for the Kubernetes API of KubernetesCluster shop. certificate waits for the Kubernetes API of KubernetesCluster shop. And 5 more.",
				},
				Status: with(freshStatus(), map[string]any{"urls": nil, "backend": nil}),
			},
		},
		"NoPlatform": {
			reason: "Without a Platform nothing can be decided.",
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{pretend.KubernetesCluster("shop", "north", "True")}
			},
			want: refused(`Platform: "default" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`),
		},
		"NoCluster": {
			reason:   "A team without clusters is told so.",
			required: func(t *testing.T) []map[string]any { return []map[string]any{platform(t)} },
			want:     refused(`spec.clusterRef.name: "shop" is not a KubernetesCluster in namespace "team-a", which has none. Create the KubernetesCluster first.`),
		},
		"OtherClusters": {
			reason: "A slip in the name is answered with the names that there are.",
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), pretend.KubernetesCluster("store", "north", "True"), pretend.KubernetesCluster("blog", "north", "True")}
			},
			want: refused(`spec.clusterRef.name: "shop" is not a KubernetesCluster in namespace "team-a". Allowed: blog, store.`),
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
	w := pretend.NewWorld(xr, platform(t), pretend.KubernetesCluster("shop", "north", "True"))
	want := refused(`metadata.name: "www-dbb14" was made by no claim, so it belongs to no team. Create the Exposure in the team's namespace instead.`)
	if diff := cmp.Diff(want, answerOf(call(t, w)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
