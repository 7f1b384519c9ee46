package kubernetes

import "github.com/skerry-dev/skerry/functions/internal/external"

// Job is a batch Job.
type Job struct {
	external.Meta `json:",inline"`
	Spec          JobSpec `json:"spec"`
}

// JobSpec is the spec of a Job. Kubernetes lets nobody change its template.
type JobSpec struct {
	BackoffLimit int32       `json:"backoffLimit"`
	Template     PodTemplate `json:"template"`
}

// PodTemplate of a Job.
type PodTemplate struct {
	Spec PodSpec `json:"spec"`
}

// PodSpec is the spec of a pod.
type PodSpec struct {
	AutomountServiceAccountToken bool        `json:"automountServiceAccountToken"`
	Containers                   []Container `json:"containers"`
	RestartPolicy                string      `json:"restartPolicy"`
	SecurityContext              PodSecurity `json:"securityContext"`
	Volumes                      []PodVolume `json:"volumes,omitempty"`
}

// PodSecurity is the security context of a pod.
type PodSecurity struct {
	RunAsNonRoot   bool    `json:"runAsNonRoot,omitempty"`
	RunAsUser      *int64  `json:"runAsUser,omitempty"`
	SeccompProfile Profile `json:"seccompProfile"`
}

// Profile of seccomp.
type Profile struct {
	Type string `json:"type"`
}

// Container of a pod.
type Container struct {
	Name            string            `json:"name"`
	Image           string            `json:"image"`
	Args            []string          `json:"args"`
	Env             []EnvVar          `json:"env,omitempty"`
	EnvFrom         []EnvFrom         `json:"envFrom,omitempty"`
	Resources       Resources         `json:"resources"`
	SecurityContext ContainerSecurity `json:"securityContext"`
	VolumeMounts    []VolumeMount     `json:"volumeMounts,omitempty"`
}

// EnvVar is a variable with a value, or one from a Secret.
type EnvVar struct {
	Name      string     `json:"name"`
	Value     string     `json:"value,omitempty"`
	ValueFrom *EnvSource `json:"valueFrom,omitempty"`
}

// EnvSource is where a variable's value comes from.
type EnvSource struct {
	SecretKeyRef SecretKeyRef `json:"secretKeyRef"`
}

// SecretKeyRef names a key of a Secret.
type SecretKeyRef struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// EnvFrom makes every key of a Secret a variable.
type EnvFrom struct {
	SecretRef external.NameRef `json:"secretRef"`
}

// ContainerSecurity is the security context of a container.
type ContainerSecurity struct {
	AllowPrivilegeEscalation bool         `json:"allowPrivilegeEscalation"`
	Capabilities             Capabilities `json:"capabilities"`
}

// Capabilities of a container.
type Capabilities struct {
	Add  []string `json:"add,omitempty"`
	Drop []string `json:"drop"`
}

// VolumeMount mounts a pod's volume into a container.
type VolumeMount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
	ReadOnly  bool   `json:"readOnly,omitempty"`
}

// PodVolume is a volume of a pod.
type PodVolume struct {
	Name                  string      `json:"name"`
	PersistentVolumeClaim ClaimVolume `json:"persistentVolumeClaim"`
}

// ClaimVolume is a PersistentVolumeClaim as a volume.
type ClaimVolume struct {
	ClaimName string `json:"claimName"`
	ReadOnly  bool   `json:"readOnly,omitempty"`
}

// withPods is the finalizer by which Kubernetes deletes what belongs to an object
// before the object.
const withPods = "foregroundDeletion"

// NewJob returns a Job. Its pods go with it: whoever deletes a Job and says nothing
// of them, as provider-kubernetes does, leaves them behind, and a pod that has ended
// still holds the claims that it mounts.
func NewJob(namespace, name string, spec JobSpec) *Job {
	j := &Job{Meta: meta("batch/v1", "Job", namespace, name), Spec: spec}
	j.Metadata.Finalizers = []string{withPods}
	return j
}
