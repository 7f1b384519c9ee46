package crd

import (
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/json"
)

// core holds the Go types of Kubernetes' own kinds, which have no CRD.
var core = newCore()

func newCore() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		admissionv1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme,
		corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
		rbacv1.AddToScheme, schedulingv1.AddToScheme, storagev1.AddToScheme,
	} {
		// Adding a generated group to an empty scheme can't fail; were one to, its
		// kinds would be unknown, which is an error that tests see.
		_ = add(s)
	}
	return s
}

// clusterScoped are the cluster-scoped kinds of the groups in core. The Go types
// don't say it.
var clusterScoped = map[string]bool{
	"ClusterRole": true, "ClusterRoleBinding": true, "CSIDriver": true, "CSINode": true,
	"IngressClass": true, "IPAddress": true, "MutatingWebhookConfiguration": true, "Namespace": true,
	"Node": true, "PersistentVolume": true, "PriorityClass": true, "ServiceCIDR": true,
	"StorageClass": true, "ValidatingAdmissionPolicy": true, "ValidatingAdmissionPolicyBinding": true,
	"ValidatingWebhookConfiguration": true, "VolumeAttachment": true, "VolumeAttributesClass": true,
}

// A coreKind validates the objects of one of Kubernetes' own kinds: names, and
// fields and their types by strict decoding. The rules that Kubernetes applies
// to values in Go code are not checked.
type coreKind struct {
	gvk schema.GroupVersionKind
}

func isCore(k schema.GroupVersionKind) bool {
	for _, known := range core.PrioritizedVersionsAllGroups() {
		if known.Group == k.Group {
			return true
		}
	}
	return false
}

func newCoreKind(k schema.GroupVersionKind) (coreKind, error) {
	if !core.Recognizes(k) {
		return coreKind{}, fmt.Errorf("unknown kind: Kubernetes has none in %q", k.GroupVersion())
	}
	return coreKind{gvk: k}, nil
}

func (k coreKind) create(obj map[string]any) []error {
	u := &unstructured.Unstructured{Object: obj}
	list := apivalidation.ValidateObjectMetaAccessor(u, !clusterScoped[k.gvk.Kind], k.nameRule(), field.NewPath("metadata"))
	return appendFields(k.decode(obj), list)
}

func (k coreKind) update(old, obj map[string]any) []error {
	asStored(old, obj)
	u, before := &unstructured.Unstructured{Object: obj}, &unstructured.Unstructured{Object: old}
	list := apivalidation.ValidateObjectMetaAccessorUpdate(u, before, field.NewPath("metadata"))
	return appendFields(k.decode(obj), list)
}

// decode reads obj into its Go type, strictly.
func (k coreKind) decode(obj map[string]any) []error {
	typed, err := core.New(k.gvk)
	if err != nil {
		return []error{err}
	}
	data, err := utiljson.Marshal(obj)
	if err != nil {
		return []error{err}
	}
	strict, err := json.UnmarshalStrict(data, typed)
	if err != nil {
		return []error{err}
	}
	return strict
}

// nameRule is what the kind's names must look like.
func (k coreKind) nameRule() apivalidation.ValidateNameFunc {
	switch {
	case k.gvk.Group == rbacv1.GroupName:
		return func(name string, prefix bool) []string {
			if prefix {
				return path.IsValidPathSegmentPrefix(name)
			}
			return path.IsValidPathSegmentName(name)
		}
	case k.gvk.Kind == "Namespace":
		return apivalidation.NameIsDNSLabel
	case k.gvk.Kind == "Service":
		return apivalidation.NameIsDNS1035Label
	}
	return apivalidation.NameIsDNSSubdomain
}
