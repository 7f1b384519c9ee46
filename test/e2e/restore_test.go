package e2e_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/charts"
	"github.com/skerry-dev/skerry/test/devcluster/crossplane"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/local"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
	"github.com/skerry-dev/skerry/test/tools"
)

// bucketed is a cloud like the first one whose buckets have an S3 API on this machine.
const bucketed = "bucketed"

// everyMinute has a cluster on that cloud backed up as often as cron can.
func everyMinute(spec map[string]any) {
	spec["cloud"] = bucketed
	spec["backup"] = map[string]any{"enabled": true, "schedule": "* * * * *", "retention": "1d", "volumes": true, "drill": "* * * * *", "etcdSchedule": "* * * * *"}
}

// treasure is what a team has in its cluster, of many kinds and in two namespaces.
const treasure = `
{apiVersion: v1, kind: Namespace, metadata: {name: orders, labels: {team: orders}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: accounts}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ledgers.bank.example.org}
spec:
  group: bank.example.org
  names: {kind: Ledger, plural: ledgers, singular: ledger, listKind: LedgerList}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: auditor}, rules: [{apiGroups: [bank.example.org], resources: [ledgers], verbs: [get]}]}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: orders, labels: {app: orders}}, data: {currency: EUR, text: "several\nlines"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: database, namespace: orders}, type: Opaque, data: {password: c2VjcmV0}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: clerk, namespace: orders}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: clerk, namespace: orders}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: clerk, namespace: orders}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: clerk}
subjects: [{kind: ServiceAccount, name: clerk, namespace: orders}]
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: orders}
spec: {selector: {app: orders}, ports: [{port: 8080, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: orders}
spec:
  replicas: 2
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec: {serviceAccountName: clerk, containers: [{name: orders, image: registry.example.org/orders:1, envFrom: [{secretRef: {name: database}}]}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: close, namespace: accounts}
spec:
  schedule: "0 0 1 * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: close, image: registry.example.org/close:1}]}}}}
---
{apiVersion: bank.example.org/v1, kind: Ledger, metadata: {name: y2026, namespace: accounts}, spec: {entries: [{amount: 5, to: bob}, {amount: 7, to: eve}]}}
`

// TestRestore loses a cluster, and brings what was in it back into a new one that is
// ordered from the claim in the backup. Velero is the real one, at work on the clusters'
// real APIs; what is pretended is the cloud below, and that Velero runs in a pod.
func TestRestore(t *testing.T) {
	w := start(t, "skerry")
	v := w.vault(t)
	t.Parallel()
	team := w.team(t, "restore")
	old := w.claim(t, "cluster.yaml", team, "old", unprotected, everyMinute, pools(pool("web", 1)))
	w.order(t, old)
	w.ready(t, old)
	work := w.workload(t, old)
	objs, err := manifest.Decode([]byte(treasure))
	if err != nil {
		t.Fatal(err)
	}
	if err := manifest.Apply(t.Context(), work, objs...); err != nil {
		t.Fatal(err)
	}
	before := contents(t, work, objs)
	// Velero looks every five minutes only for kinds that are new.
	end := v.work(t, old)

	t.Log("a backup that holds all of it is taken on schedule, and the claim says so")
	applied := time.Now()
	w.await(t, old, "backed up", func(o *unstructured.Unstructured) error {
		last, _ := at(o, "status", "backup", "lastSuccess").(string)
		if when, err := time.Parse(time.RFC3339, last); err != nil || !when.After(applied.Add(time.Minute)) {
			return fmt.Errorf("the last backup is of %q, and all was there at %s", last, applied.UTC().Format(time.RFC3339))
		}
		if n, _ := at(o, "status", "backup", "lastObjects").(int64); n < int64(len(objs)) {
			return fmt.Errorf("the last backup should have %d objects at least, and has %d", len(objs), n)
		}
		return manifest.Is("BackedUp")(o)
	})
	bucket, _ := at(old, "status", "backup", "bucket").(string)
	t.Log("a snapshot of etcd is taken where etcd is")
	w.snapshotTaken(t, old, work)
	key := w.etcdKey(t, old)
	w.await(t, old, "sure that backups can be restored", func(o *unstructured.Unstructured) error {
		return errors.Join(manifest.Is("BackupVerified")(o), field(true, "status", "backup", "lastDrill", "verified")(o))
	})

	t.Log("how much the volumes held is added up from Velero's copies of them")
	w.sized(t, old, work)

	t.Log("the cluster is lost, with all that is in it, and the bucket stays")
	end()
	w.remove(t, old)
	kept, err := w.cloud.Resources(t.Context(), cloud.Filter{Kind: cloud.Container})
	if err != nil || !slices.ContainsFunc(kept, func(r cloud.Resource) bool { return r.Name == bucket }) {
		t.Fatalf("bucket %s should be kept (error %v)", bucket, err)
	}
	if w.keyOf(t, w.home(team), bucket+"-etcd") != key {
		t.Error("the key of the snapshots of etcd should be kept as it was")
	}

	t.Log("the backup has the claim too: a new cluster is ordered from it")
	again := &unstructured.Unstructured{Object: map[string]any{"spec": v.claimIn(t, bucket)}}
	again.SetGroupVersionKind(old.GroupVersionKind())
	again.SetNamespace(team)
	again.SetName("again")
	again.Object["spec"].(map[string]any)["restore"] = map[string]any{"cluster": "old", "backup": "latest"}
	w.order(t, again)
	end = v.work(t, again)
	w.await(t, again, "restored", func(o *unstructured.Unstructured) error {
		if err := manifest.Is("Restored")(o); err != nil {
			return err
		}
		return field("Completed", "status", "restore", "phase")(o)
	})
	w.ready(t, again)
	if d := cmp.Diff(before, contents(t, w.workload(t, again), objs), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("what was restored differs from what was lost:\n%s", d)
	}

	t.Log("one namespace of two that were lost is brought back, and nothing else")
	w.loses(t, again, objs)
	first := at(again, "status", "restore", "name")
	w.mustChange(t, again, func(spec map[string]any) {
		spec["restore"].(map[string]any)["namespaces"] = list("orders")
	})
	w.await(t, again, "restored in part", func(o *unstructured.Unstructured) error {
		if at(o, "status", "restore", "name") == first {
			return errors.New("this is still about the first restore")
		}
		return errors.Join(manifest.Is("Restored")(o), field("Completed", "status", "restore", "phase")(o))
	})
	w.ready(t, again)
	w.onlyIn(t, again, "orders", objs, before)
	end()
	w.remove(t, again)

	t.Log("a cluster of the same name goes on with the old one's buckets and key")
	old = w.claim(t, "cluster.yaml", team, "old", unprotected, everyMinute, pools(pool("web", 1)))
	w.order(t, old)
	w.ready(t, old)
	if w.etcdKey(t, old) != key {
		t.Error("the key of the snapshots of etcd was made anew: older ones can't be read")
	}
	w.remove(t, old)
}

// sized ends a cluster's backups but for one a year, and pretends what Velero's node agent
// does for each that was taken: it copies two volumes. Status must tell the sum.
func (w *world) sized(t *testing.T, cluster *unstructured.Unstructured, work client.Client) {
	t.Helper()
	w.mustChange(t, cluster, func(spec map[string]any) { spec["backup"].(map[string]any)["schedule"] = "0 0 1 1 *" })
	eventually(t, "the claim says how much its volumes held", func() error {
		taken := &unstructured.UnstructuredList{}
		taken.SetGroupVersionKind(kindOf("velero.io/v1", "BackupList"))
		if err := work.List(t.Context(), taken, client.InNamespace("velero")); err != nil {
			return err
		}
		for i := range taken.Items {
			for volume, bytes := range map[string]int64{"ledger": 1 << 30, "orders": 1<<29 + 1} {
				if err := client.IgnoreAlreadyExists(work.Create(t.Context(), copied(taken.Items[i].GetName(), volume, bytes))); err != nil {
					return err
				}
			}
		}
		if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(cluster), cluster); err != nil {
			return err
		}
		return field("1537Mi", "status", "backup", "lastSize")(cluster)
	})
}

// copied is what Velero's node agent leaves of a volume that it has copied.
func copied(backup, volume string, bytes int64) *unstructured.Unstructured {
	o := manifest.New(kindOf("velero.io/v2alpha1", "DataUpload"), "velero", backup+"-"+volume)
	o.SetLabels(map[string]string{"velero.io/backup-name": backup})
	o.Object["spec"] = map[string]any{
		"backupStorageLocation": "default", "operationTimeout": "10m0s", "snapshotType": "CSI",
		"csiSnapshot":     map[string]any{"storageClass": "standard", "volumeSnapshot": volume},
		"sourceNamespace": "orders", "sourcePVC": volume,
	}
	o.Object["status"] = map[string]any{"phase": "Completed", "progress": map[string]any{"totalBytes": bytes, "bytesDone": bytes}}
	return o
}

// contents are the objects as they are in a cluster, but for what is another in each.
func contents(t *testing.T, work client.Client, objs []*unstructured.Unstructured) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, o := range objs {
		got := &unstructured.Unstructured{}
		got.SetGroupVersionKind(o.GroupVersionKind())
		if err := work.Get(t.Context(), client.ObjectKeyFromObject(o), got); err != nil {
			t.Errorf("cannot read %s: %v", manifest.Title(o), err)
			continue
		}
		labels := got.GetLabels()
		maps.DeleteFunc(labels, func(k, _ string) bool { return strings.HasPrefix(k, "velero.io/") })
		annotations := got.GetAnnotations()
		maps.DeleteFunc(annotations, func(k, _ string) bool { return k == "deployment.kubernetes.io/revision" })
		got.Object["metadata"] = map[string]any{"labels": labels, "annotations": annotations}
		delete(got.Object, "status")
		for _, own := range []string{"clusterIP", "clusterIPs"} {
			unstructured.RemoveNestedField(got.Object, "spec", own)
		}
		out[manifest.Title(o)] = got.Object
	}
	return out
}

// loses deletes the objects in a cluster, but for the definition of their kinds: the
// API goes on serving them.
func (w *world) loses(t *testing.T, cluster *unstructured.Unstructured, objs []*unstructured.Unstructured) {
	t.Helper()
	work := w.workload(t, cluster)
	lost := slices.DeleteFunc(slices.Clone(objs), func(o *unstructured.Unstructured) bool { return o.GetKind() == "CustomResourceDefinition" })
	for _, o := range lost {
		if err := client.IgnoreNotFound(work.Delete(t.Context(), o.DeepCopy())); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the objects are lost", func() error { return anyLeft(t.Context(), work, lost) })
}

// onlyIn fails the test unless of the objects just those in a namespace are there, as
// they were, and the namespace.
func (w *world) onlyIn(t *testing.T, cluster *unstructured.Unstructured, namespace string, objs []*unstructured.Unstructured, before map[string]any) {
	t.Helper()
	work, want := w.workload(t, cluster), map[string]any{}
	var in, out []*unstructured.Unstructured
	for _, o := range objs {
		switch {
		case o.GetNamespace() == namespace, o.GetKind() == "Namespace" && o.GetName() == namespace:
			in, want[manifest.Title(o)] = append(in, o), before[manifest.Title(o)]
		case o.GetKind() != "CustomResourceDefinition":
			out = append(out, o)
		}
	}
	if d := cmp.Diff(want, contents(t, work, in), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("what was restored of namespace %s differs from what was lost:\n%s", namespace, d)
	}
	for _, o := range out {
		if err := anyLeft(t.Context(), work, []*unstructured.Unstructured{o}); err != nil {
			t.Errorf("just namespace %s should have been restored: %v", namespace, err)
		}
	}
}

// A vault is an S3 API on this machine, and real Veleros that keep backups in it.
type vault struct {
	*world
	s3 *local.S3
	// velero and plugins are the program, and the folder of its plugins.
	velero, plugins string
	// crds are Velero's own.
	crds []*unstructured.Unstructured
}

// vault starts it.
func (w *world) vault(t *testing.T) *vault {
	t.Helper()
	v := &vault{world: w, plugins: t.TempDir()}
	var err error
	if v.velero, err = tools.Build(t.Context(), os.Stderr, "velero"); err != nil {
		t.Fatal(err)
	}
	plugin := tools.Package{Label: "Velero's plugin", Dir: filepath.Join(w.root, "test", "tools", "velero"), Path: "./objectstore", LDFlags: "-s -w"}
	if err := tools.BuildPackage(t.Context(), os.Stderr, plugin, filepath.Join(v.plugins, "velero-plugin-for-aws")); err != nil {
		t.Fatal(err)
	}
	module, err := tools.ModuleDir(t.Context(), "velero", "github.com/vmware-tanzu/velero")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(module, "config", "crd", "*", "bases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there should be definitions in %s (error %v)", module, err)
	}
	if v.crds, err = manifest.Read(files...); err != nil {
		t.Fatal(err)
	}
	v.s3 = local.StartS3(t, w.s3)
	return v
}

// work runs a real Velero on a cluster, as soon as all is there that its pod would need,
// with the configuration that its chart got and the keys from the Secret that it names.
func (v *vault) work(t *testing.T, cluster *unstructured.Unstructured) (end func()) {
	t.Helper()
	secret := &corev1.Secret{}
	var work client.Client
	eventually(t, "the keys of the bucket are in the cluster", func() error {
		if _, err := v.composedNow(t.Context(), cluster); err != nil {
			return err
		}
		c, err := v.workloadNow(t.Context(), cluster)
		if err != nil {
			return err
		}
		work = c
		return c.Get(t.Context(), client.ObjectKey{Namespace: "velero", Name: "backup-bucket"}, secret)
	})
	var values map[string]any
	eventually(t, "Velero's chart is installed", func() (err error) {
		values, err = charts.Recorded(t.Context(), work, "velero", "velero")
		return err
	})
	key, bucket := string(secret.Data["AWS_ACCESS_KEY_ID"]), string(secret.Data["BUCKET_NAME"])
	v.s3.Admit(t, key)
	// The cloud's bucket is there, and its S3 API shows it.
	v.s3.MakeBucket(t, bucket)
	if err := crossplane.ApplyCRDs(t.Context(), work, deepCopies(v.crds)); err != nil {
		t.Fatal(err)
	}
	if err := manifest.Apply(t.Context(), work, locations(t, values)...); err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := v.cluster.Workload(t.Context(), v.client, cluster)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "kubeconfig")
	const private = 0o600
	if err := os.WriteFile(file, kubeconfig, private); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(v.velero, "server", "--kubeconfig="+file, "--namespace=velero", "--plugin-dir="+v.plugins,
		"--metrics-address=127.0.0.1:0", "--profiler-address=127.0.0.1:0", "--backup-sync-period=10s", "--store-validation-frequency=10s")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "VELERO_NAMESPACE=velero", "HOME="+dir)
	for k, value := range secret.Data {
		cmd.Env = append(cmd.Env, k+"="+string(value))
	}
	return local.Start(t, cmd)
}

func deepCopies(objs []*unstructured.Unstructured) []*unstructured.Unstructured {
	out := make([]*unstructured.Unstructured, 0, len(objs))
	for _, o := range objs {
		out = append(out, o.DeepCopy())
	}
	return out
}

// locations are the storage locations that Velero's chart makes of its values.
func locations(t *testing.T, values map[string]any) []*unstructured.Unstructured {
	t.Helper()
	list, _, err := unstructured.NestedSlice(values, "configuration", "backupStorageLocation")
	if err != nil || len(list) == 0 {
		t.Fatalf("the chart should get a storage location, got %v (error %v)", values, err)
	}
	var out []*unstructured.Unstructured
	for _, e := range list {
		l, _ := e.(map[string]any)
		name, _ := l["name"].(string)
		o := manifest.New(kindOf("velero.io/v1", "BackupStorageLocation"), "velero", name)
		o.Object["spec"] = map[string]any{
			"provider": l["provider"], "default": l["default"], "config": l["config"],
			"objectStorage": map[string]any{"bucket": l["bucket"]},
		}
		out = append(out, o)
	}
	return out
}

// claimIn reads the claim out of the last backup in a bucket.
func (v *vault) claimIn(t *testing.T, bucket string) map[string]any {
	t.Helper()
	all := v.s3.List(t, bucket, "backups/")
	// A backup is backups/NAME/NAME.tar.gz.
	names := slices.DeleteFunc(slices.Clone(all), func(key string) bool {
		dir, file := path.Split(key)
		return dir != "backups/"+path.Base(dir)+"/" || file != path.Base(dir)+".tar.gz"
	})
	if len(names) == 0 {
		t.Fatalf("there is no backup in %s: %q", bucket, all)
	}
	data := []byte(v.s3.Object(t, bucket, slices.Max(names)))
	raw, err := fromTar(data, "resources/configmaps/namespaces/kube-public/skerry-cluster.json")
	if err != nil {
		t.Fatalf("cannot find the claim in %s: %v", slices.Max(names), err)
	}
	if _, err := fromTar(data, "resources/secrets/namespaces/velero/backup-bucket.json"); !errors.Is(err, io.EOF) {
		t.Errorf("what opens the bucket is in the bucket (error %v)", err)
	}
	var config struct{ Data map[string]string }
	spec := map[string]any{}
	if err := errors.Join(json.Unmarshal(raw, &config), json.Unmarshal([]byte(config.Data["spec.json"]), &spec)); err != nil {
		t.Fatal(err)
	}
	return spec
}

// fromTar returns a file of a packed archive.
func fromTar(data []byte, name string) ([]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for files := tar.NewReader(unzipped); ; {
		h, err := files.Next()
		if err != nil {
			return nil, err
		}
		if h.Name == name {
			return io.ReadAll(files)
		}
	}
}
