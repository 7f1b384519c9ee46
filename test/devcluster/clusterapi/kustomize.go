package clusterapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// A kustomization is what kustomize would add to a component's manifests, and
// matters here.
type kustomization struct {
	// crds are the files of CRDs, inside the folder "crd".
	crds []string
	// prefix begins the names of what is not a CRD.
	prefix string
	// labels of everything; crdLabels of the CRDs, among them the versions of
	// Cluster API's contract that the kinds keep to. Without these a ClusterClass
	// can't name the kinds.
	labels, crdLabels map[string]string
}

// kustomizeFile is the part of a kustomization.yaml that is used here.
type kustomizeFile struct {
	Resources  []string `json:"resources"`
	NamePrefix string   `json:"namePrefix"`
	Labels     []struct {
		Pairs map[string]string `json:"pairs"`
	} `json:"labels"`
	// CommonLabels is the older form of labels.
	CommonLabels map[string]string `json:"commonLabels"`
}

func (f kustomizeFile) labels() map[string]string {
	out := maps.Clone(f.CommonLabels)
	if out == nil {
		out = map[string]string{}
	}
	for _, l := range f.Labels {
		maps.Copy(out, l.Pairs)
	}
	return out
}

// readKustomization reads the folder of a component's manifests.
func readKustomization(config string) (kustomization, error) {
	crd, err := readKustomizeFile(filepath.Join(config, "crd"))
	if err != nil {
		return kustomization{}, err
	}
	all, err := readKustomizeFile(filepath.Join(config, "default"))
	if err != nil {
		return kustomization{}, err
	}
	k := kustomization{crds: crd.Resources, prefix: all.NamePrefix, labels: all.labels(), crdLabels: crd.labels()}
	maps.Copy(k.crdLabels, k.labels)
	return k, nil
}

func readKustomizeFile(dir string) (kustomizeFile, error) {
	var f kustomizeFile
	data, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		return f, err
	}
	if err := yaml.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("cannot read the kustomization in %s: %w", dir, err)
	}
	return f, nil
}

func addLabels(u *unstructured.Unstructured, labels map[string]string) {
	if len(labels) == 0 {
		return
	}
	all := u.GetLabels()
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, labels)
	u.SetLabels(all)
}

// finishCRD gives a CRD its labels and, when it has several versions, the
// webhook that converts between them: the manager serves all of them, as in
// production.
func (c component) finishCRD(crd *unstructured.Unstructured, k kustomization, o Options) error {
	addLabels(crd, k.crdLabels)
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if err != nil || len(versions) < 2 {
		return err
	}
	if c.manager == nil {
		return errors.New("it has several versions, and nobody converts between them")
	}
	return unstructured.SetNestedMap(crd.Object, map[string]any{
		"strategy": "Webhook",
		"webhook": map[string]any{
			"conversionReviewVersions": []any{"v1"},
			"clientConfig":             c.clientConfig("/convert", o),
		},
	}, "spec", "conversion")
}

// finishWebhooks gives a webhook configuration its name and labels, and lets the
// API server call the manager on loopback.
func (c component) finishWebhooks(w *unstructured.Unstructured, k kustomization, o Options) error {
	w.SetName(k.prefix + w.GetName())
	addLabels(w, k.labels)
	hooks, _, err := unstructured.NestedSlice(w.Object, "webhooks")
	if err != nil {
		return err
	}
	for _, h := range hooks {
		hook, ok := h.(map[string]any)
		if !ok {
			return fmt.Errorf("%s has a webhook that is no object", w.GetName())
		}
		path, _, err := unstructured.NestedString(hook, "clientConfig", "service", "path")
		if err != nil {
			return err
		}
		if !strings.HasPrefix(path, "/") {
			return fmt.Errorf("webhook %v of %s has no path", hook["name"], w.GetName())
		}
		hook["clientConfig"] = c.clientConfig(path, o)
	}
	return unstructured.SetNestedSlice(w.Object, hooks, "webhooks")
}

func (c component) clientConfig(path string, o Options) map[string]any {
	return map[string]any{
		"url":      "https://" + address(c.manager.webhook) + path,
		"caBundle": base64.StdEncoding.EncodeToString(o.CABundle),
	}
}
