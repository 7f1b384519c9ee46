package residents

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// finishJob ends a Job's pod that runs: what it is known to do is done, and of all
// else nobody can tell.
func finishJob(ctx context.Context, t *town, o *object) (time.Duration, error) {
	p, err := typed[corev1.Pod](o)
	if err != nil || p.DeletionTimestamp != nil || p.Status.Phase != corev1.PodRunning || !ofJob(p) {
		return 0, err
	}
	message, err := run(ctx, t, p)
	failed := err != nil
	if failed {
		message = err.Error()
	}
	before := p.DeepCopy()
	end(p, failed, message, metav1.NewTime(t.now()))
	return 0, t.client.Status().Patch(ctx, p, client.MergeFrom(before))
}

func ofJob(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Kind == "Job" })
}

// end writes into a pod's status what kubelet does when all its containers have
// ended.
func end(p *corev1.Pod, failed bool, message string, now metav1.Time) {
	code, reason, phase := int32(0), "Completed", corev1.PodSucceeded
	if failed {
		code, reason, phase = 1, "Error", corev1.PodFailed
	}
	p.Status.Phase = phase
	p.Status.ContainerStatuses = nil
	off := false
	for _, c := range p.Spec.Containers {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Started: &off,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode: code, Reason: reason, Message: message, StartedAt: now, FinishedAt: now,
			}},
		})
	}
	for i, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady || c.Type == corev1.ContainersReady {
			p.Status.Conditions[i].Status, p.Status.Conditions[i].Reason = corev1.ConditionFalse, "PodCompleted"
		}
	}
}

// run does what the containers of a pod do, one after the other. What a container
// says at its end is the message.
func run(ctx context.Context, t *town, p *corev1.Pod) (message string, err error) {
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		if !strings.Contains(c.Image, "rclone") {
			continue
		}
		env, err := environment(ctx, t, p.Namespace, c)
		if err != nil {
			return "", err
		}
		for _, cmd := range commands(c, env) {
			if message, err = rclone(ctx, t, p, c, cmd); err != nil {
				return "", fmt.Errorf("rclone %s: %w", cmd[0], err)
			}
		}
	}
	return message, nil
}

// verbs are rclone's commands that are played, with two paths each.
var verbs = []string{"copy", "sync", "copyto", "check", "cryptcheck"}

// commands returns the calls of rclone in a container: a verb, and two paths. They
// may stand in a script.
func commands(c corev1.Container, env map[string]string) [][]string {
	line := strings.Join(slices.Concat(c.Command, c.Args), " ")
	line = strings.NewReplacer("$(", "${", ")", "}", `"`, " ", "'", " ", ";", " ; ", "&&", " ; ", "\n", " ; ").Replace(line)
	line = os.Expand(line, func(name string) string { return env[name] })
	var out [][]string
	var call []string
	for word := range strings.FieldsSeq(line) {
		switch {
		case slices.Contains(verbs, word):
			call = []string{word}
		case word == ";":
			call = nil
		case call != nil && isPath(word):
			if call = append(call, word); len(call) == 3 {
				out, call = append(out, call), nil
			}
		}
	}
	return out
}

// environment returns a container's variables.
func environment(ctx context.Context, t *town, namespace string, c corev1.Container) (map[string]string, error) {
	out := map[string]string{}
	secret := func(name string) (map[string][]byte, error) {
		s := &corev1.Secret{}
		err := t.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, s)
		return s.Data, err
	}
	for _, f := range c.EnvFrom {
		if f.SecretRef == nil {
			continue
		}
		data, err := secret(f.SecretRef.Name)
		if err != nil {
			return nil, err
		}
		for k, v := range data {
			out[f.Prefix+k] = string(v)
		}
	}
	for _, e := range c.Env {
		out[e.Name] = e.Value
		if e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil {
			continue
		}
		data, err := secret(e.ValueFrom.SecretKeyRef.Name)
		if err != nil {
			return nil, err
		}
		out[e.Name] = string(data[e.ValueFrom.SecretKeyRef.Key])
	}
	return out, nil
}

// isPath tells whether a word is a path, or one of a remote.
func isPath(word string) bool {
	remote, _, found := strings.Cut(word, ":")
	return strings.HasPrefix(word, "/") || found && !strings.HasPrefix(word, "-") && !strings.ContainsAny(remote, "/=,")
}

// rclone copies or compares, and returns what was there.
func rclone(ctx context.Context, t *town, p *corev1.Pod, c corev1.Container, call []string) (string, error) {
	from, err := locate(ctx, t, p, c, call[1])
	if err != nil {
		return "", err
	}
	to, err := locate(ctx, t, p, c, call[2])
	if err != nil {
		return "", err
	}
	if strings.HasSuffix(call[0], "check") {
		return compare(ctx, t, from, to)
	}
	if readOnly(p, c, call[2]) {
		return "", fmt.Errorf("%s: read-only file system", call[2])
	}
	if call[0] == "sync" {
		if err := prune(ctx, t, from, to); err != nil {
			return "", err
		}
	}
	files, bytes, err := from.copyTo(ctx, t.cloud, to, cloud.Owner{Namespace: t.namespace, Name: t.cluster + "-" + p.Name})
	return fmt.Sprintf("copied %d files, %d bytes", files, bytes), err
}

// prune deletes what is in a place and not in what it's made like.
func prune(ctx context.Context, t *town, from, to place) error {
	want, err := from.read(ctx, t.cloud)
	if err != nil {
		return err
	}
	have, err := to.resources(ctx, t.cloud)
	if err != nil {
		return err
	}
	for _, r := range have {
		if _, keep := want[strings.TrimPrefix(r.Name, to.prefix)]; keep {
			continue
		}
		if err := t.cloud.Delete(ctx, r.Kind, r.ID); err != nil && !cloud.IsNotFound(err) {
			return err
		}
	}
	return nil
}

func compare(ctx context.Context, t *town, from, to place) (string, error) {
	a, err := from.read(ctx, t.cloud)
	if err != nil {
		return "", err
	}
	b, err := to.read(ctx, t.cloud)
	if err != nil {
		return "", err
	}
	if !maps.Equal(a, b) {
		return "", fmt.Errorf("%d files here and %d files there differ", len(a), len(b))
	}
	return fmt.Sprintf("0 differences found, %d matching files", len(a)), nil
}

// locate returns what a path leads to: a bucket, or what is mounted.
func locate(ctx context.Context, t *town, p *corev1.Pod, c corev1.Container, where string) (place, error) {
	if _, rest, remote := strings.Cut(where, ":"); remote {
		bucket, prefix, _ := strings.Cut(strings.Trim(rest, "/"), "/")
		return inside(place{kind: cloud.Container, id: bucket}, prefix), t.bucket(ctx, bucket)
	}
	m, v := mountAt(p, c, where)
	if m == nil || v == nil || v.PersistentVolumeClaim == nil {
		return place{}, fmt.Errorf("%s: no claim is mounted there", where)
	}
	claim := client.ObjectKey{Namespace: p.Namespace, Name: v.PersistentVolumeClaim.ClaimName}
	found, err := placeOf(ctx, t.client, t.cloud, claim)
	if err != nil {
		return place{}, err
	}
	if found == nil {
		return place{}, fmt.Errorf("claim %s has no volume", claim)
	}
	return inside(*found, path.Join(m.SubPath, strings.TrimPrefix(path.Clean(where), path.Clean(m.MountPath)))), nil
}

func inside(p place, prefix string) place {
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		p.prefix = prefix + "/"
	}
	return p
}

func (t *town) bucket(ctx context.Context, name string) error {
	all, err := t.cloud.Resources(ctx, cloud.Filter{Kind: cloud.Container, Name: name})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("directory not found: bucket %q", name)
	}
	return err
}

// mountAt returns the mount, and its volume, that a path is below.
func mountAt(p *corev1.Pod, c corev1.Container, where string) (*corev1.VolumeMount, *corev1.Volume) {
	var best *corev1.VolumeMount
	for i, m := range c.VolumeMounts {
		at := path.Clean(m.MountPath)
		if path.Clean(where) != at && !strings.HasPrefix(where, strings.TrimSuffix(at, "/")+"/") {
			continue
		}
		if best == nil || len(m.MountPath) > len(best.MountPath) {
			best = &c.VolumeMounts[i]
		}
	}
	if best == nil {
		return nil, nil
	}
	i := slices.IndexFunc(p.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == best.Name })
	if i < 0 {
		return best, nil
	}
	return best, &p.Spec.Volumes[i]
}

func readOnly(p *corev1.Pod, c corev1.Container, where string) bool {
	m, v := mountAt(p, c, where)
	return m != nil && (m.ReadOnly || v != nil && v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ReadOnly)
}
