package archive

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

// TestGatewayAPI checks the templates that are made: every one is YAML once Helm
// has read it, and no definition goes when the release does.
func TestGatewayAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads a Go module")
	}
	c, err := read(chartsDir + "/gateway-api-crds")
	if err != nil {
		t.Fatal(err)
	}
	files, err := gatewayAPI(t.Context(), c.Version)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	names := map[string]bool{}
	for _, f := range files {
		for _, m := range manifests(t, execute(t, string(f.Data), nil)) {
			kinds[m.Kind]++
			names[m.Metadata.Name] = true
			if isCRD := m.Kind == "CustomResourceDefinition"; isCRD != (m.Metadata.Annotations["helm.sh/resource-policy"] == "keep") {
				t.Errorf("%s %s: annotations %v", m.Kind, m.Metadata.Name, m.Metadata.Annotations)
			}
		}
	}
	t.Logf("%v", kinds)
	for _, want := range []string{"gatewayclasses", "gateways", "httproutes", "tlsroutes"} {
		if !names[want+".gateway.networking.k8s.io"] {
			t.Errorf("no definition of %s", want)
		}
	}
}

func TestTemplateOf(t *testing.T) {
	tests := map[string]struct {
		reason string
		in     string
		want   string
	}{
		"Definition": {
			reason: "Helm must not delete it, and its status is the API server's.",
			in:     "---\n# a comment\nkind: CustomResourceDefinition\nmetadata: {name: a}\nstatus: {storedVersions: null}\n",
			want:   "---\nkind: CustomResourceDefinition\nmetadata:\n  annotations:\n    helm.sh/resource-policy: keep\n  name: a\n",
		},
		"OtherKind": {
			reason: "A policy goes with the release.",
			in:     "kind: ValidatingAdmissionPolicy\nmetadata: {name: a}\n",
			want:   "---\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: a\n",
		},
		"Braces": {
			reason: "Text of others may hold what Helm would run.",
			in:     "kind: A\nspec: {description: 'use {{ x }}'}\n",
			want:   "---\nkind: A\nspec:\n  description: use {{ \"{{\" }} x }}\n",
		},
		"SeveralDocuments": {
			reason: "A file may hold a policy and its binding, and empty documents.",
			in:     "kind: A\n---\n---\nkind: B\n",
			want:   "---\nkind: A\n---\nkind: B\n",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := templateOf([]byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestCredentialsTemplate renders the Secret as Helm does.
func TestCredentialsTemplate(t *testing.T) {
	c, err := read(chartsDir + "/openstack-credentials")
	if err != nil {
		t.Fatal(err)
	}
	complete := `{secretName: s, authURL: "https://a:5000/v3", region: r, applicationCredential: {id: i, secret: x}}`
	tests := map[string]struct {
		reason string
		values string
		want   map[string]string
	}{
		"Complete": {
			reason: "Keys are what Manila CSI reads.",
			values: complete,
			want:   map[string]string{"os-authURL": "https://a:5000/v3", "os-region": "r", "os-applicationCredentialID": "i", "os-applicationCredentialSecret": "x"},
		},
		"CertificateAuthority": {
			reason: "A private authority travels in the Secret, so the driver needs no file.",
			values: strings.TrimSuffix(complete, "}") + `, certificateAuthority: "PEM\n"}`,
			want:   map[string]string{"os-authURL": "https://a:5000/v3", "os-region": "r", "os-applicationCredentialID": "i", "os-applicationCredentialSecret": "x", "os-certAuthority": "PEM\n"},
		},
		"DigitsOnly": {
			reason: "Helm's --set makes a number of digits.",
			values: strings.ReplaceAll(complete, "secret: x", "secret: 123"),
			want:   map[string]string{"os-authURL": "https://a:5000/v3", "os-region": "r", "os-applicationCredentialID": "i", "os-applicationCredentialSecret": "123"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			values := map[string]any{}
			if err := yaml.Unmarshal(c.file("values.yaml"), &values); err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal([]byte(tc.values), &values); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for k, v := range manifests(t, execute(t, string(c.file("templates/secret.yaml")), values))[0].Data {
				text, err := base64.StdEncoding.DecodeString(v)
				if err != nil {
					t.Fatalf("%s: %v", k, err)
				}
				got[k] = string(text)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A manifest is what tests look at.
type manifest struct {
	Kind     string
	Metadata struct {
		Name        string
		Annotations map[string]string
		Labels      map[string]string
	}
	Data map[string]string
}

func manifests(t *testing.T, text string) []manifest {
	t.Helper()
	var out []manifest
	for doc := range strings.SplitSeq("\n"+text, "\n---\n") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		var m manifest
		if err := yaml.Unmarshal([]byte(doc), &m); err != nil {
			t.Fatalf("not YAML: %v\n%.500s", err, doc)
		}
		out = append(out, m)
	}
	return out
}

// execute runs a template with the few functions of Helm's that ours use.
func execute(t *testing.T, text string, values map[string]any) string {
	t.Helper()
	return executeWith(t, text, values, nil)
}

// executeWith also has a Secret that is there already.
func executeWith(t *testing.T, text string, values, secret map[string]any) string {
	t.Helper()
	funcs := template.FuncMap{
		"toString": fmt.Sprint,
		"quote":    strconv.Quote,
		"lookup": func(version, kind, namespace, name string) map[string]any {
			if version+"/"+kind+"/"+namespace+"/"+name != "v1/Secret/kube-system/key-of-shop" {
				t.Errorf("looks for %s %s in %s", kind, name, namespace)
			}
			return secret
		},
		"randAlphaNum": func(n int) string { return strings.Repeat("r", n) },
		"b64enc":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"required": func(message string, v any) (any, error) {
			if v == nil || v == "" {
				return nil, errors.New(message)
			}
			return v, nil
		},
	}
	tmpl, err := template.New("").Funcs(funcs).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	data := map[string]any{"Values": values, "Release": map[string]any{"Namespace": "kube-system"}}
	if err := tmpl.Execute(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBucketTemplate: the names are those that S3 clients read, and keys of digits
// only survive Helm.
func TestBucketTemplate(t *testing.T) {
	c, err := read(chartsDir + "/bucket-credentials")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(c.file("values.yaml"), &values); err != nil {
		t.Fatal(err)
	}
	own := `{secretName: s, endpoint: "https://s3", region: r, bucket: b, accessKeyID: a, secretAccessKey: 123, labels: {example.org/a: "1"}}`
	if err := yaml.Unmarshal([]byte(own), &values); err != nil {
		t.Fatal(err)
	}
	m := manifests(t, execute(t, string(c.file("templates/secret.yaml")), values))[0]
	got := map[string]string{}
	for k, v := range m.Data {
		text, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		got[k] = string(text)
	}
	want := map[string]string{
		"AWS_ENDPOINT_URL_S3": "https://s3", "AWS_REGION": "r", "AWS_DEFAULT_REGION": "r", "BUCKET_NAME": "b",
		"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "123",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if m.Metadata.Labels["example.org/a"] != "1" {
		t.Errorf("labels: %v", m.Metadata.Labels)
	}
}

// TestKeyTemplate: what an older key has encrypted must stay readable.
func TestKeyTemplate(t *testing.T) {
	c, err := read(chartsDir + "/encryption-key")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		reason string
		there  map[string]any
		want   string
	}{
		"New":   {"The first release makes one of 256 bits.", nil, strings.Repeat("r", 43)},
		"There": {"A later one keeps it.", map[string]any{"data": map[string]any{"key": "b2xk"}}, "old"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			m := manifests(t, executeWith(t, string(c.file("templates/secret.yaml")), map[string]any{"secretName": "key-of-shop", "labels": map[string]any{"example.org/a": "1"}}, tc.there))[0]
			got, err := base64.StdEncoding.DecodeString(m.Data["key"])
			if err != nil || string(got) != tc.want {
				t.Errorf("%s got %q (error %v), want %q", tc.reason, got, err, tc.want)
			}
			if m.Metadata.Labels["example.org/a"] != "1" {
				t.Errorf("labels: %v", m.Metadata.Labels)
			}
			if m.Metadata.Annotations["helm.sh/resource-policy"] != "keep" {
				t.Errorf("%s It must stay when the release goes: %v", tc.reason, m.Metadata.Annotations)
			}
		})
	}
}

// TestEtcdTemplates: every value arrives, and none is left out unsaid.
func TestEtcdTemplates(t *testing.T) {
	c, err := read(chartsDir + "/etcd-snapshots")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(c.file("values.yaml"), &values); err != nil {
		t.Fatal(err)
	}
	own := `{schedule: "7 1 * * *", suspend: true, retention: 336h, cluster: shop, repository: "s3:https://s3/b", keysSecret: keys,
certificateAuthorityFile: /etc/ca.pem, key: 123, etcdImage: "etcd:1", resticImage: "restic:1"}`
	if err := yaml.Unmarshal([]byte(own), &values); err != nil {
		t.Fatal(err)
	}
	secret := manifests(t, execute(t, string(c.file("templates/secret.yaml")), values))[0]
	if got, err := base64.StdEncoding.DecodeString(secret.Data["RESTIC_PASSWORD"]); err != nil || string(got) != "123" {
		t.Errorf("the key is %q (error %v)", got, err)
	}
	text := execute(t, string(c.file("templates/cronjob.yaml")), values)
	var job batchv1.CronJob
	if err := yaml.UnmarshalStrict([]byte(text), &job); err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if s := fmt.Sprint(v); s != "123" && !strings.Contains(text, s) {
			t.Errorf("%q doesn't arrive", s)
		}
	}
	if strings.Contains(text, "123") {
		t.Error("the key is in the CronJob")
	}
}
