package archive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"

	documents "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// gatewayAPI returns the templates of the Gateway API of a version: the
// standard channel's definitions, and the policy that keeps them from being
// replaced by older or experimental ones.
func gatewayAPI(ctx context.Context, version string) ([]File, error) {
	dir, err := moduleDir(ctx, "sigs.k8s.io/gateway-api@v"+version)
	if err != nil {
		return nil, err
	}
	sources, err := filepath.Glob(filepath.Join(dir, "config", "crd", "standard", "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("cannot find the Gateway API's definitions in %q", dir)
	}
	var out []File
	for _, s := range sources {
		data, err := os.ReadFile(s)
		if err != nil {
			return nil, err
		}
		t, err := templateOf(data)
		if err != nil {
			return nil, fmt.Errorf("cannot use %q: %w", filepath.Base(s), err)
		}
		out = append(out, File{Path: path.Join("templates", filepath.Base(s)), Data: t})
	}
	return out, nil
}

// moduleDir downloads a Go module, if it isn't there yet, and returns its
// folder. The go command checks it against the public checksum database.
func moduleDir(ctx context.Context, module string) (string, error) {
	// Outside of any module the command can't change our go.mod and go.sum.
	nowhere, err := os.MkdirTemp("", "charts-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(nowhere)
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir = nowhere
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	text, err := cmd.Output() // An error is in the text as well, and says more there.
	var answer struct {
		Dir   string `json:"Dir"`
		Error string `json:"Error"`
	}
	if jsonErr := json.Unmarshal(text, &answer); jsonErr != nil {
		return "", fmt.Errorf("cannot download %q: %w", module, errors.Join(err, jsonErr))
	}
	if answer.Error != "" {
		return "", fmt.Errorf("cannot download %q: %s", module, answer.Error)
	}
	return answer.Dir, nil
}

// templateOf makes a Helm template of a file of manifests.
func templateOf(manifests []byte) ([]byte, error) {
	r := documents.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifests)))
	var out bytes.Buffer
	for {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return escape(out.Bytes()), nil
		}
		if err != nil {
			return nil, err
		}
		m := map[string]any{}
		if err := yaml.Unmarshal(doc, &m); err != nil {
			return nil, err
		}
		if len(m) == 0 {
			continue
		}
		keep(m)
		text, err := yaml.Marshal(m)
		if err != nil {
			return nil, err
		}
		out.WriteString("---\n")
		out.Write(text)
	}
}

// keep tells Helm never to delete a definition: with it would go every route
// and gateway of the cluster. The status is the API server's to write.
func keep(manifest map[string]any) {
	if manifest["kind"] != "CustomResourceDefinition" {
		return
	}
	delete(manifest, "status")
	metadata := mapAt(manifest, "metadata")
	mapAt(metadata, "annotations")["helm.sh/resource-policy"] = "keep"
}

// mapAt returns the map in a field, and makes it where there is none.
func mapAt(m map[string]any, field string) map[string]any {
	if sub, ok := m[field].(map[string]any); ok {
		return sub
	}
	sub := map[string]any{}
	m[field] = sub
	return sub
}

// escape makes Helm's template language write two braces, where a text of
// somebody else's has them.
func escape(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte("{{"), []byte(`{{ "{{" }}`))
}
