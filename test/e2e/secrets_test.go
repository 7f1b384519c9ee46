package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// member returns a client of somebody who is in the team's group, and gives the
// group the role in the team's namespace.
func (w *world) member(t *testing.T, team, role string) client.Client {
	t.Helper()
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "team"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: team}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
	}
	if err := w.client.Create(t.Context(), binding); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	r, err := w.cluster.REST()
	if err != nil {
		t.Fatal(err)
	}
	r.Impersonate = rest.ImpersonationConfig{UserName: "somebody-of-" + team, Groups: []string{team, "system:authenticated"}}
	c, err := client.New(r, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// access makes a team's groups those that may use its kubeconfig.
func access(team string) func(map[string]any) {
	return func(spec map[string]any) {
		spec["access"] = map[string]any{"adminGroups": []any{team}}
	}
}

// twoTeams orders a cluster with backups for each of two teams, as members of them who
// have the role.
func (w *world) twoTeams(t *testing.T, role string, change ...func(spec map[string]any)) []*unstructured.Unstructured {
	t.Helper()
	var claims []*unstructured.Unstructured
	for _, team := range []string{"apart-mine", "apart-theirs"} {
		w.team(t, team)
		c := w.claim(t, "cluster.yaml", team, "shop", append(change, level("Standard"), access(team))...)
		if err := w.member(t, team, role).Create(t.Context(), c); err != nil {
			t.Fatalf("a team's member should be able to order: %v", err)
		}
		claims = append(claims, c)
	}
	w.ready(t, claims...)
	return claims
}

// apart sees what a member of the first claim's team can read.
func (w *world) apart(t *testing.T, role string, claims []*unstructured.Unstructured) {
	t.Helper()
	mine, theirs := claims[0].GetNamespace(), claims[1].GetNamespace()
	me := w.member(t, mine, role)
	reads := func(namespace, name string) error {
		return me.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &corev1.Secret{})
	}
	eventually(t, "a team can read its own kubeconfig", func() error { return reads(mine, "shop-oidc-kubeconfig") })
	if err := reads(theirs, "shop-oidc-kubeconfig"); !apierrors.IsForbidden(err) {
		t.Errorf("a team should not read another's kubeconfig, got error %v", err)
	}
	for _, ns := range []string{w.home(mine), w.home(theirs), "crossplane-system"} {
		l := &corev1.SecretList{}
		if err := w.client.List(t.Context(), l, client.InNamespace(ns)); err != nil {
			t.Fatal(err)
		}
		if len(l.Items) == 0 {
			t.Fatalf("there should be Secrets in %s to be kept from a team", ns)
		}
		for _, s := range l.Items {
			if s.Name == "shop-oidc-kubeconfig" {
				continue
			}
			if err := reads(ns, s.Name); !apierrors.IsForbidden(err) {
				t.Errorf("a team should not read Secret %s/%s, got error %v", ns, s.Name, err)
			}
		}
	}
	other := manifest.New(claims[1].GroupVersionKind(), theirs, "shop")
	if err := me.Get(t.Context(), client.ObjectKeyFromObject(other), other); !apierrors.IsForbidden(err) {
		t.Errorf("a team should not read another's claims, got error %v", err)
	}
	w.noLeaks(t, claims...)
}

// TestTeamsApart is about teams with Kubernetes' own role edit.
func TestTeamsApart(t *testing.T) {
	w := start(t, "skerry")
	t.Parallel()
	const role = "edit"
	claims := w.twoTeams(t, role, unprotected, pools(pool("web", 1)))
	w.apart(t, role, claims)
	w.remove(t, claims...)
}

// leak is a secret value, what sort of secret it is, and where it belongs.
type leak struct{ sort, secret, value string }

// joinToken is the sort of what lets a machine join a cluster.
const joinToken = "join token"

// joinTokens are in the user data of machines, as kubeadm writes them.
var joinTokens = regexp.MustCompile(`\btoken: "?([a-z0-9]{6}\.[a-z0-9]{16})\b`)

// secretValues are all values of Secrets that must turn up nowhere else. Public
// parts, certificates for one, may.
func (w *world) secretValues(t *testing.T) []leak {
	t.Helper()
	l := &corev1.SecretList{}
	if err := w.client.List(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	var out []leak
	for i := range l.Items {
		s := &l.Items[i]
		for key, data := range s.Data {
			for _, found := range valuesOf(s.Name, key, string(data)) {
				const shortest = 12 // shorter values stand in innocent places
				if len(found.value) >= shortest {
					found.secret = s.Namespace + "/" + s.Name
					out = append(out, found)
				}
			}
		}
	}
	return out
}

// valuesOf are the secret values in the data under a key of a Secret.
func valuesOf(name, key, data string) []leak {
	var out []leak
	for _, m := range joinTokens.FindAllStringSubmatch(data, -1) {
		out = append(out, leak{sort: joinToken, value: m[1]})
	}
	switch {
	case strings.HasSuffix(key, ".crt") || name == "shop-oidc-kubeconfig":
	case strings.Contains(data, "PRIVATE KEY"):
		out = append(out, leak{sort: "private key", value: keyLine([]byte(data))})
	case key == "attribute.secret" || key == "attribute.access_key" || key == "token" || key == "key":
		out = append(out, leak{sort: key, value: data})
	case key == "credentials":
		login := map[string]string{}
		_ = json.Unmarshal([]byte(data), &login)
		out = append(out, leak{sort: key, value: login["password"]})
	case strings.Contains(data, "client-key-data: "):
		_, rest, _ := strings.Cut(data, "client-key-data: ")
		line, _, _ := strings.Cut(rest, "\n")
		out = append(out, leak{sort: "kubeconfig", value: line})
	}
	return out
}

// keyLine is the second line of a key, which no other key has.
func keyLine(pem []byte) string {
	_, rest, _ := bytes.Cut(pem, []byte("PRIVATE KEY-----\n"))
	lines := strings.SplitN(string(rest), "\n", 3)
	if len(lines) < 3 {
		return ""
	}
	return strings.TrimSpace(lines[1])
}

// noLeaks fails the test if a secret value stands in any object that isn't a
// Secret, or in a log. The claims are of clusters that are backed up.
func (w *world) noLeaks(t *testing.T, claims ...*unstructured.Unstructured) {
	t.Helper()
	secrets := w.secretValues(t)
	sorts, places := map[string]bool{}, map[string]bool{}
	for _, s := range secrets {
		sorts[s.sort], places[s.secret] = true, true
	}
	for _, want := range []string{joinToken, "private key", "attribute.secret", "key", "credentials", "kubeconfig"} {
		if !sorts[want] {
			t.Fatalf("there should be secrets of sort %q to look for, got %v", want, sorts)
		}
	}
	for _, c := range claims {
		bucket, _ := at(w.fresh(c), "status", "backup", "etcd", "bucket").(string)
		for _, name := range []string{w.prefix(t, c) + "-backup-keys", bucket} {
			if place := w.home(c.GetNamespace()) + "/" + name; !places[place] {
				t.Fatalf("Secret %s should have a value to look for, got %v", place, places)
			}
		}
	}
	objects, count := w.everything(t)
	const least = 100
	if count < least {
		t.Fatalf("there should be more objects to look into, got %d", count)
	}
	search := func(where string, data []byte) {
		for _, s := range secrets {
			if s.sort == joinToken && strings.HasPrefix(where, "bootstrap.cluster.x-k8s.io KubeadmConfig ") {
				continue // There Cluster API keeps it itself. It is good for a quarter of an hour.
			}
			if bytes.Contains(data, []byte(s.value)) || bytes.Contains(data, []byte(base64.StdEncoding.EncodeToString([]byte(s.value)))) {
				t.Errorf("a value (%s) of Secret %s should not stand in %s", s.sort, s.secret, where)
			}
		}
	}
	for title, data := range objects {
		search(title, data)
	}
	logs, err := filepath.Glob(filepath.Join(w.cluster.Config().Logs(), "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("there should be logs to look into, got error %v", err)
	}
	for _, file := range append(logs, w.cluster.Config().AuditLog(), filepath.Join(w.cluster.Config().Dir, "cloud", "events.jsonl")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		search(filepath.Base(file), data)
	}
}

// everything returns all objects but Secrets, as JSON by title.
func (w *world) everything(t *testing.T) (objects map[string][]byte, count int) {
	t.Helper()
	objects = map[string][]byte{}
	for _, gvk := range w.kinds(t) {
		if gvk.Kind == "Secret" {
			continue
		}
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := w.client.List(t.Context(), l); err != nil {
			t.Fatalf("cannot look into all %s of %q: %v", gvk.Kind, gvk.Group, err)
		}
		for i := range l.Items {
			data, err := json.Marshal(&l.Items[i])
			if err != nil {
				t.Fatal(err)
			}
			objects[titleOf(gvk, &l.Items[i])] = data
		}
	}
	return objects, len(objects)
}
