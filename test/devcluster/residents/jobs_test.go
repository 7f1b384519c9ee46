package residents

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// job is the pod of a Job that mounts both claims.
func job(image string, args ...string) *corev1.Pod {
	p := pod("job", nil, "")
	p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "job", UID: "job"}}
	for name, claim := range map[string]string{"from": "orders", "to": "target"} {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim, ReadOnly: name == "from"},
		}})
	}
	p.Spec.Containers = []corev1.Container{{
		Name: "main", Image: image, Args: args,
		Env: []corev1.EnvVar{{Name: "TARGET", Value: "/target"}},
		EnvFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: "bucket"},
		}}},
		VolumeMounts: []corev1.VolumeMount{{Name: "from", MountPath: "/source"}, {Name: "to", MountPath: "/target"}},
	}}
	return p
}

// migrating has a volume with a file, an empty one, and a bucket with an object.
func migrating(t *testing.T) *world {
	t.Helper()
	w := stored(t, "rwo")
	w.apply(claim("target", "rwx"), "apiVersion: v1\nkind: Secret\nmetadata: {name: bucket}\ndata: {BUCKET: Yg==}\n")
	w.settled()
	w.bind()
	_, err := w.cloud.Create(w.context(), cloud.Spec{Kind: cloud.Container, Attributes: map[string]any{"name": "b"}})
	w.must(err)
	w.must(w.cloud.Put(w.context(), "b", "in/o", "object"))
	return w
}

func TestJobs(t *testing.T) {
	const image = "docker.io/rclone/rclone:1.75.0"
	for name, tc := range map[string]struct {
		reason, image string
		args          []string
		before        func(*world)
		message       string
		fails         bool
		target        map[string]string
		bucket        []string
	}{
		"Copy":     {"What is in one volume comes into the other.", image, []string{"copy", "--checksum", "/source", "/target", "--transfers=4"}, nil, "copied 1 files, 5 bytes", false, map[string]string{"a.txt": "alpha"}, nil},
		"Variable": {"Variables are filled in.", image, []string{"sync", "/source/", "$(TARGET)/"}, nil, "copied 1 files, 5 bytes", false, map[string]string{"a.txt": "alpha"}, nil},
		"Folder":   {"A path below the mount is kept.", image, []string{"copy", "/source", "/target/old"}, nil, "copied 1 files, 5 bytes", false, map[string]string{"old/a.txt": "alpha"}, nil},
		"Script":   {"A script may have several calls.", image, []string{"-c", `rclone copy "/source" "$TARGET" && rclone check /source /target`}, nil, "0 differences found, 1 matching files", false, map[string]string{"a.txt": "alpha"}, nil},
		"Upload":   {"A bucket may be the target, by a variable out of a Secret.", image, []string{"copy", "/source", "s3:$(BUCKET)/sub"}, nil, "copied 1 files, 5 bytes", false, map[string]string{}, []string{"in/o", "sub/a.txt"}},
		"Download": {"Or the source.", image, []string{"copy", "s3:b/in", "/target"}, nil, "copied 1 files, 6 bytes", false, map[string]string{"o": "object"}, nil},
		"Differ":   {"A check fails when something is missing.", image, []string{"check", "/source", "/target"}, nil, "rclone check: 1 files here and 0 files there differ", true, map[string]string{}, nil},
		"Source":   {"The source is never written to.", image, []string{"copy", "/target", "/source"}, nil, "rclone copy: /source: read-only file system", true, map[string]string{}, nil},
		"NoBucket": {"There must be a bucket.", image, []string{"copy", "/source", "s3:none"}, nil, `rclone copy: directory not found: bucket "none"`, true, map[string]string{}, nil},
		"Fault": {"A copy may fail.", image, []string{"copy", "/source", "/target"}, func(w *world) {
			_, err := w.cloud.Fail(w.context(), cloud.Fault{Verb: cloud.Create, Kind: cloud.File, Message: "no space left on device"})
			w.must(err)
		}, "rclone copy: no space left on device", true, map[string]string{}, nil},
		"Other": {"Of other programs it's known that they end.", "busybox", []string{"copy", "/source", "/target"}, nil, "", false, map[string]string{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := migrating(t)
			if tc.before != nil {
				tc.before(w)
			}
			w.run(job(tc.image, tc.args...))
			w.settled()
			p, err := typed[corev1.Pod](w.read(podKind, "job"))
			w.must(err)
			want := corev1.PodSucceeded
			if tc.fails {
				want = corev1.PodFailed
			}
			if p.Status.Phase != want || p.Status.ContainerStatuses[0].State.Terminated.Message != tc.message {
				t.Errorf("%s got %s %+v", tc.reason, p.Status.Phase, p.Status.ContainerStatuses[0].State.Terminated)
			}
			if d := cmp.Diff(tc.target, w.files("target")); d != "" {
				t.Errorf("%s target: %s", tc.reason, d)
			}
			if d := cmp.Diff(map[string]string{"a.txt": "alpha"}, w.files("orders")); d != "" {
				t.Errorf("the source should be as it was: %s", d)
			}
			objects, err := w.cloud.Objects(w.context(), "b")
			w.must(err)
			if tc.bucket != nil && len(objects) != len(tc.bucket) || tc.bucket == nil && len(objects) != 1 {
				t.Errorf("%s got %v in the bucket", tc.reason, objects)
			}
			for _, name := range tc.bucket {
				if !strings.Contains(names(objects), " "+name+" ") {
					t.Errorf("%s there is no %q in the bucket", tc.reason, name)
				}
			}
		})
	}
}

func names(all []cloud.Resource) string {
	var out []string
	for _, r := range all {
		out = append(out, r.Name)
	}
	return " " + strings.Join(out, " ") + " "
}

func TestJobOnly(t *testing.T) {
	w := newWorld(t)
	w.run(pod("server", nil, ""))
	w.settled()
	if got := text(w.read(podKind, "server"), "status", "phase"); got != "Running" {
		t.Errorf("a pod of no Job goes on running, got %q", got)
	}
}
