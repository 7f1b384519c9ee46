package machines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func testdata(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// joinControlPlane is the user data of a second machine of a control plane.
func joinControlPlane(t *testing.T) string {
	t.Helper()
	join := strings.Replace(testdata(t, "join.yaml"), "      kind: JoinConfiguration", "      controlPlane:\n        localAPIEndpoint: {}\n      kind: JoinConfiguration", 1)
	_, files, _ := strings.Cut(testdata(t, "init.yaml"), "write_files:\n")
	keys, _, _ := strings.Cut(files, "-   path: /run/kubeadm")
	return strings.Replace(join, "write_files:\n", "write_files:\n"+keys, 1)
}

func TestBoot(t *testing.T) {
	type result struct {
		ControlPlane, Makes bool
		Name                string
		Labels              map[string]string
		Taints              []corev1.Taint
	}
	controlPlane := map[string]string{roleControlPlane: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
	worker := []corev1.Taint{
		{Key: "node.cluster.x-k8s.io/uninitialized", Effect: corev1.TaintEffectNoSchedule},
		{Key: "only", Value: "gpu", Effect: corev1.TaintEffectNoExecute},
	}
	cases := map[string]struct {
		reason, data string
		want         result
	}{
		"first": {
			reason: "kubeadm taints a control plane unless told otherwise",
			data:   testdata(t, "init.yaml"),
			want:   result{ControlPlane: true, Makes: true, Name: "m-1", Labels: controlPlane, Taints: []corev1.Taint{{Key: roleControlPlane, Effect: corev1.TaintEffectNoSchedule}}},
		},
		"no taints wanted": {
			reason: "an empty list is a choice",
			data:   strings.Replace(testdata(t, "init.yaml"), "taints: null", "taints: []", 1),
			want:   result{ControlPlane: true, Makes: true, Name: "m-1", Labels: controlPlane, Taints: []corev1.Taint{}},
		},
		"worker": {
			reason: "labels come from kubelet's flag, taints from the registration",
			data:   testdata(t, "join.yaml"),
			want:   result{Name: "m-1", Labels: map[string]string{"skerry.dev/pool": "web", "a": "b"}, Taints: worker},
		},
		"second": {
			reason: "a machine that joins the control plane makes no cluster",
			data:   joinControlPlane(t),
			want: result{ControlPlane: true, Name: "m-1", Taints: worker, Labels: map[string]string{
				"skerry.dev/pool": "web", "a": "b", roleControlPlane: "", "node.kubernetes.io/exclude-from-external-load-balancers": "",
			}},
		},
		"named": {
			reason: "a name that is no expression is the node's",
			data:   strings.Replace(testdata(t, "join.yaml"), "'{{ local_hostname }}'", "web-7", 1),
			want:   result{Name: "web-7", Labels: map[string]string{"skerry.dev/pool": "web", "a": "b"}, Taints: worker},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u, err := boot([]byte(tc.data))
			if err != nil {
				t.Fatal(err)
			}
			got := result{ControlPlane: u.controlPlane, Makes: len(u.clusterConfiguration) > 0, Name: u.nodeName("m-1"), Labels: u.labels(), Taints: u.taints()}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if _, err := u.keys(); (err == nil) != u.controlPlane {
				t.Errorf("keys: got error %v on a machine that is of the control plane: %v", err, u.controlPlane)
			}
		})
	}
}

func TestBootRefuses(t *testing.T) {
	cases := map[string]struct{ data, want string }{
		"nothing":      {"", "has no configuration for kubeadm"},
		"no YAML":      {"\t{", "cannot read the user data"},
		"broken file":  {strings.Replace(testdata(t, "join.yaml"), "kind: JoinConfiguration", "kind: [", 1), "cannot read /run/kubeadm/kubeadm-join-config.yaml"},
		"too long":     {strings.Repeat("#", maxUserData+1), "and Nova takes"},
		"just a shell": {"#cloud-config\nruncmd: [a]\n", "has no configuration for kubeadm"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := boot([]byte(tc.data))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestSkips(t *testing.T) {
	cases := map[string]struct {
		phases []string
		want   bool
	}{
		"nothing":         {nil, false},
		"the phase":       {[]string{"addon/kube-proxy"}, true},
		"all of its kind": {[]string{"addon"}, true},
		"another":         {[]string{"addon/coredns"}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := userData{skipPhases: tc.phases}
			if got := u.skips("addon/kube-proxy"); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
