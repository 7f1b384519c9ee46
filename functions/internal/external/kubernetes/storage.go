package kubernetes

import "github.com/skerry-dev/skerry/functions/internal/external"

// PersistentVolumeClaim is a core PersistentVolumeClaim.
type PersistentVolumeClaim struct {
	external.Meta `json:",inline"`
	Spec          PersistentVolumeClaimSpec `json:"spec"`
}

// PersistentVolumeClaimSpec is the spec of a PersistentVolumeClaim.
type PersistentVolumeClaimSpec struct {
	AccessModes []string `json:"accessModes"`
	// StorageClassName is left out for the cluster's default class.
	StorageClassName string `json:"storageClassName,omitempty"`
	// VolumeName of a volume that is there already.
	VolumeName string    `json:"volumeName,omitempty"`
	Resources  Resources `json:"resources"`
}

// Resources that something asks for.
type Resources struct {
	Requests map[string]string `json:"requests"`
}

// NewPersistentVolumeClaim returns a PersistentVolumeClaim.
func NewPersistentVolumeClaim(namespace, name string, spec PersistentVolumeClaimSpec) *PersistentVolumeClaim {
	return &PersistentVolumeClaim{Meta: meta("v1", "PersistentVolumeClaim", namespace, name), Spec: spec}
}

// PersistentVolume is a core PersistentVolume of a CSI driver.
type PersistentVolume struct {
	external.Meta `json:",inline"`
	Spec          PersistentVolumeSpec `json:"spec"`
}

// PersistentVolumeSpec is the spec of a PersistentVolume.
type PersistentVolumeSpec struct {
	AccessModes                   []string          `json:"accessModes"`
	Capacity                      map[string]string `json:"capacity"`
	ClaimRef                      ClaimRef          `json:"claimRef"`
	CSI                           CSI               `json:"csi"`
	PersistentVolumeReclaimPolicy string            `json:"persistentVolumeReclaimPolicy"`
	StorageClassName              string            `json:"storageClassName"`
}

// ClaimRef names the only claim that may have a volume.
type ClaimRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
}

// CSI names a volume of a driver.
type CSI struct {
	Driver                    string            `json:"driver"`
	VolumeHandle              string            `json:"volumeHandle"`
	VolumeAttributes          map[string]string `json:"volumeAttributes,omitempty"`
	NodeStageSecretRef        SecretReference   `json:"nodeStageSecretRef"`
	NodePublishSecretRef      SecretReference   `json:"nodePublishSecretRef"`
	ControllerExpandSecretRef SecretReference   `json:"controllerExpandSecretRef"`
}

// SecretReference names a Secret in a namespace.
type SecretReference struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// NewPersistentVolume returns a PersistentVolume.
func NewPersistentVolume(name string, spec PersistentVolumeSpec) *PersistentVolume {
	return &PersistentVolume{Meta: meta("v1", "PersistentVolume", "", name), Spec: spec}
}

// SnapshotSchedule is backube/snapscheduler's: snapshots of claims, on a schedule.
type SnapshotSchedule struct {
	external.Meta `json:",inline"`
	Spec          SnapshotScheduleSpec `json:"spec"`
}

// SnapshotScheduleSpec is the spec of a SnapshotSchedule.
type SnapshotScheduleSpec struct {
	ClaimSelector    LabelSelector     `json:"claimSelector"`
	Disabled         bool              `json:"disabled,omitempty"`
	Retention        SnapshotRetention `json:"retention"`
	Schedule         string            `json:"schedule"`
	SnapshotTemplate SnapshotTemplate  `json:"snapshotTemplate"`
}

// LabelSelector selects objects by their labels.
type LabelSelector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

// SnapshotRetention bounds the snapshots of a schedule.
type SnapshotRetention struct {
	Expires  string `json:"expires,omitempty"`
	MaxCount int32  `json:"maxCount,omitempty"`
}

// SnapshotTemplate is what each snapshot gets.
type SnapshotTemplate struct {
	Labels            map[string]string `json:"labels,omitempty"`
	SnapshotClassName string            `json:"snapshotClassName"`
}

// NewSnapshotSchedule returns a SnapshotSchedule.
func NewSnapshotSchedule(namespace, name string, spec SnapshotScheduleSpec) *SnapshotSchedule {
	return &SnapshotSchedule{Meta: meta("snapscheduler.backube/v1", "SnapshotSchedule", namespace, name), Spec: spec}
}
