// Package v1alpha1 is Skerry's API: three claims for application teams
// (KubernetesCluster, Storage, Exposure) and the Platform, the catalogue that a
// platform team keeps.
//
// These Go types are the only source. The XRDs, the input schemas of the
// functions, the Markdown reference and the deepcopy code are generated from
// them by `make generate`, and CI fails when they differ.
//
// The package knows nothing of Crossplane's own fields (claimRef, resourceRefs,
// compositionRef and the like): Crossplane adds those to every XRD by itself.
//
// +kubebuilder:object:generate=true
// +groupName=skerry.dev
package v1alpha1
