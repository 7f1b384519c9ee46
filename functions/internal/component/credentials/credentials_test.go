package credentials_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestRender(t *testing.T) {
	t.Run("created", func(t *testing.T) {
		rendertest.Golden(t, "created", func() (render.Set, error) { return credentials.Render(plantest.New(t)) })
	})
	t.Run("known", func(t *testing.T) {
		rendertest.Golden(t, "known", func() (render.Set, error) { return credentials.Render(plantest.Cluster(t)) })
	})
}

func TestCloudsYAML(t *testing.T) {
	p := plantest.Cluster(t)
	p.Cloud.CACertificate = "-----BEGIN CERTIFICATE-----\n"
	s, err := credentials.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	secret := s.Resources[1].Body.(*kubernetes.Secret)
	if ca, _ := base64.StdEncoding.DecodeString(secret.Data["cacert"]); string(ca) != p.Cloud.CACertificate {
		t.Errorf("cacert: got %q, want the cloud's certificate: Cluster API trusts what stands there", ca)
	}
	raw, err := base64.StdEncoding.DecodeString(secret.Data["clouds.yaml"])
	if err != nil {
		t.Fatal(err)
	}
	// Other rooms pass the text through Helm's --set, which splits at commas and
	// takes backslashes and a leading brace for syntax.
	if bytes.ContainsAny(raw, ",\\") || strings.HasPrefix(string(raw), "{") {
		t.Errorf("clouds.yaml has a character that Helm's --set takes for syntax")
	}
	var got struct {
		Clouds map[string]struct {
			Auth map[string]string `json:"auth"`
		} `json:"clouds"`
	}
	if err := yaml.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Clouds["openstack"].Auth["application_credential_secret"] != "s3cret-of-the-credential" {
		t.Errorf("clouds.yaml has no secret of the application credential")
	}
}

// Rule 6: the secret is in no spec; and a printed plan doesn't show it.
func TestSecretIsNotPrinted(t *testing.T) {
	p := plantest.Cluster(t, func(*v1alpha1.KubernetesClusterSpec) {})
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if strings.Contains(fmt.Sprintf(format, p.Facts), "s3cret") {
			t.Errorf("printing the facts with %s shows the secret", format)
		}
	}
}
