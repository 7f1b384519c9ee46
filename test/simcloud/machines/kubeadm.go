package machines

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The add-ons are kubeadm's, with what others read of them: names, labels, images
// and the configuration that upgrades migrate.
//
//go:embed addons/*.yaml
var addons embed.FS

// phases of kubeadm, and the files that each applies.
var phases = []struct{ name, file string }{
	{"addon/coredns", "addons/coredns.yaml"},
	{"addon/kube-proxy", "addons/kube-proxy.yaml"},
}

// kubeadm does what `kubeadm init` does in the new cluster once it runs. On a
// machine that joins there is nothing to do.
func kubeadm(ctx context.Context, c client.Client, version string, u userData) error {
	if len(u.clusterConfiguration) == 0 {
		return nil
	}
	for _, p := range phases {
		if u.skips(p.name) {
			continue
		}
		if err := applyAddon(ctx, c, p.file, version); err != nil {
			return fmt.Errorf("cannot apply %s: %w", p.name, err)
		}
	}
	// Last, because Cluster API takes a control plane that has it as initialized.
	config := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: "kubeadm-config"},
		Data:       map[string]string{"ClusterConfiguration": string(u.clusterConfiguration) + "\n"},
	}
	return create(ctx, c, config)
}

func applyAddon(ctx context.Context, c client.Client, file, version string) error {
	data, err := addons.ReadFile(file)
	if err != nil {
		return err
	}
	objects, err := decodeAddon(strings.ReplaceAll(string(data), "$VERSION", version))
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := create(ctx, c, o); err != nil {
			return err
		}
	}
	return nil
}

// decodeAddon reads the file's YAML documents into the types of their kinds.
func decodeAddon(file string) ([]client.Object, error) {
	var out []client.Object
	d := yaml.NewYAMLOrJSONDecoder(bytes.NewBufferString(file), len(file))
	for {
		var raw runtime.RawExtension
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		o, err := typed(raw.Raw)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
}

// typed reads an object into the type of its kind.
func typed(data []byte) (client.Object, error) {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(data, &kind); err != nil {
		return nil, err
	}
	kinds := map[string]client.Object{
		"ServiceAccount": &corev1.ServiceAccount{}, "ConfigMap": &corev1.ConfigMap{}, "Service": &corev1.Service{},
		"ClusterRole": &rbacv1.ClusterRole{}, "ClusterRoleBinding": &rbacv1.ClusterRoleBinding{},
		"Deployment": &appsv1.Deployment{}, "DaemonSet": &appsv1.DaemonSet{},
	}
	o, ok := kinds[kind.Kind]
	if !ok {
		return nil, fmt.Errorf("cannot read an object of kind %q", kind.Kind)
	}
	return o, yaml.UnmarshalStrict(data, o)
}

// create makes the object unless it exists.
func create(ctx context.Context, c client.Client, o client.Object) error {
	err := c.Create(ctx, o)
	if err == nil || apierrors.IsAlreadyExists(err) {
		return nil
	}
	return fmt.Errorf("cannot create %T %q: %w", o, o.GetName(), err)
}
