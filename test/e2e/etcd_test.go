package e2e_test

import (
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// etcdKey is the key of a claim's snapshots of etcd, which is named after their bucket.
func (w *world) etcdKey(t *testing.T, claim *unstructured.Unstructured) string {
	t.Helper()
	bucket, _ := at(w.fresh(claim), "status", "backup", "etcd", "bucket").(string)
	return w.keyOf(t, w.home(claim.GetNamespace()), bucket)
}

func (w *world) keyOf(t *testing.T, namespace, bucket string) string {
	t.Helper()
	s := &corev1.Secret{}
	if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: bucket}, s); err != nil {
		t.Fatalf("cannot read the key of %s: %v", bucket, err)
	}
	const letters = 43
	key := string(s.Data["key"])
	if len(key) != letters {
		t.Fatalf("the key of %s has %d letters, want %d", bucket, len(key), letters)
	}
	return key
}

// snapshotTaken sees that a pod for a snapshot of etcd comes onto a control-plane node,
// has the key, and that the claim says when it is done. What runs in it is for
// test/jobs.
func (w *world) snapshotTaken(t *testing.T, claim *unstructured.Unstructured, work client.Client) {
	t.Helper()
	pod := &corev1.Pod{}
	eventually(t, "a pod for a snapshot of etcd has a node", func() error {
		l := &corev1.PodList{}
		if err := work.List(t.Context(), l, client.InNamespace("velero"), client.HasLabels{"batch.kubernetes.io/job-name"}); err != nil {
			return err
		}
		for i := range l.Items {
			if *pod = l.Items[i]; pod.Spec.NodeName != "" && pod.DeletionTimestamp == nil {
				return nil
			}
		}
		return fmt.Errorf("there are %d pods", len(l.Items))
	})
	node := &corev1.Node{}
	if err := work.Get(t.Context(), client.ObjectKey{Name: pod.Spec.NodeName}, node); err != nil {
		t.Fatal(err)
	}
	if _, is := node.Labels["node-role.kubernetes.io/control-plane"]; !is {
		t.Errorf("pod %s is on node %s, where no etcd is", pod.Name, node.Name)
	}
	there := &corev1.Secret{}
	if err := work.Get(t.Context(), client.ObjectKey{Namespace: "velero", Name: "etcd-snapshots"}, there); err != nil {
		t.Fatal(err)
	}
	if string(there.Data["RESTIC_PASSWORD"]) != w.etcdKey(t, claim) {
		t.Error("the cluster has another key than the management cluster keeps")
	}
	now := metav1.Now()
	pod.Status.Phase = corev1.PodSucceeded
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		c.Ready, c.State = false, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", FinishedAt: now}}
	}
	if err := work.Status().Update(t.Context(), pod); err != nil {
		t.Fatalf("cannot say that pod %s is done: %v", pod.Name, err)
	}
	w.await(t, claim, "sure that etcd is backed up", func(o *unstructured.Unstructured) error {
		if last, _ := at(o, "status", "backup", "etcd", "lastSuccess").(string); last == "" {
			return errors.New("there is no last snapshot")
		}
		return nil
	})
}
