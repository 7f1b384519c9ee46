package openstack

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// An external does what crossplane-runtime asks for with one managed resource.
// Its messages are those of upjet around those of Terraform around those of the
// service.
type external struct {
	kind            *kind
	cloud           *cloud.Cloud
	client          client.Client
	project, region string
}

// Observe compares a managed resource with what is in the cloud. While the cloud
// is busy with it nothing is compared, and status.atProvider stays as it was: the
// provider waits for Terraform then.
func (e *external) Observe(_ context.Context, mg resource.Managed) (managed.ExternalObservation, error) {
	m := mg.(*Managed) // Connect has seen it
	m.wait = 0
	id := e.kind.id(m)
	if id == "" {
		return managed.ExternalObservation{}, nil
	}
	r, err := e.cloud.Get(e.kind.of, id)
	if cloud.IsNotFound(err) {
		return managed.ExternalObservation{}, nil
	}
	if err != nil {
		return managed.ExternalObservation{}, fmt.Errorf("failed to observe the resource: %s", diagnostic("Unable to retrieve", e.kind, err))
	}
	out := managed.ExternalObservation{ResourceExists: true, ResourceUpToDate: true}
	switch r.State {
	case cloud.Building:
		m.wait = time.Until(r.ActiveAt)
		return out, nil
	case cloud.Pending:
		m.wait = time.Until(r.ActiveAt)
	case cloud.Deleting:
		m.wait = time.Until(r.DeletedAt)
	}
	if err := m.observe(r); err != nil {
		return out, err
	}
	out.ConnectionDetails = e.details(r)
	out.ResourceLateInitialized = m.mayInitialize() && m.initialize(e.kind, r)
	out.ResourceUpToDate = r.State == cloud.Pending || len(differences(e.kind, m, r)) == 0
	m.SetConditions(xpv2.Available())
	if out.ResourceUpToDate && !meta.WasDeleted(m) {
		m.SetConditions(lastOperation())
	}
	return out, nil
}

// lastOperation is a condition that upjet adds.
func lastOperation() xpv2.Condition {
	return xpv2.Condition{Type: "LastAsyncOperation", Status: corev1.ConditionTrue, Reason: "Success", LastTransitionTime: metav1.Now()}
}

// Create makes what a managed resource asks for, or finds what it has made
// already, when a killed process had no time to write the ID down.
func (e *external) Create(ctx context.Context, mg resource.Managed) (managed.ExternalCreation, error) {
	m := mg.(*Managed) // Connect has seen it
	if r := e.made(m); r != nil {
		meta.SetExternalName(m, e.kind.externalName(*r))
		return managed.ExternalCreation{}, nil
	}
	secrets, err := e.secrets(ctx, m)
	if err != nil {
		return managed.ExternalCreation{}, err
	}
	attributes := m.parameters("initProvider")
	maps.Copy(attributes, m.parameters("forProvider"))
	if attributes["region"] == nil {
		attributes["region"] = e.region
	}
	name, _ := attributes["name"].(string)
	if name == "" {
		name = m.GetName()
	}
	r, err := e.cloud.Create(cloud.Spec{
		Kind: e.kind.of, Name: name, Project: e.project, Attributes: attributes, Secrets: secrets,
		Owner: cloud.Owner{Namespace: m.GetNamespace(), Name: m.GetName(), UID: string(m.GetUID())},
	})
	if err != nil {
		return managed.ExternalCreation{}, fmt.Errorf("async create failed: failed to create the resource: %s", diagnostic("Error creating", e.kind, err))
	}
	meta.SetExternalName(m, e.kind.externalName(r))
	return managed.ExternalCreation{}, nil
}

// made returns what the managed resource has made before, or nil.
func (e *external) made(m *Managed) *cloud.Resource {
	for _, r := range e.cloud.List(cloud.Filter{Kind: e.kind.of, OwnerUID: string(m.GetUID())}) {
		if r.PartOf == "" && r.State != cloud.Deleting {
			return &r
		}
	}
	return nil
}

// Update changes what differs.
func (e *external) Update(_ context.Context, mg resource.Managed) (managed.ExternalUpdate, error) {
	m := mg.(*Managed) // Connect has seen it
	r, err := e.cloud.Get(e.kind.of, e.kind.id(m))
	if err != nil {
		return managed.ExternalUpdate{}, fmt.Errorf("async update failed: failed to update the resource: %s", diagnostic("Error updating", e.kind, err))
	}
	changes := map[string]any{}
	for _, d := range differences(e.kind, m, r) {
		if d.fixed {
			return managed.ExternalUpdate{}, fmt.Errorf("refuse to update the external resource because the following update requires replacing it: "+
				"cannot change the value of the argument %q from %q to %q", snake(d.field), text(d.is), text(d.want))
		}
		changes[d.field] = d.want
	}
	if r, err = e.cloud.Update(e.kind.of, r.ID, changes); err != nil {
		return managed.ExternalUpdate{}, fmt.Errorf("async update failed: failed to update the resource: %s", diagnostic("Error updating", e.kind, err))
	}
	m.wait = time.Until(r.ActiveAt)
	return managed.ExternalUpdate{}, nil
}

// Delete begins to delete. It's asked for again until nothing is left.
func (e *external) Delete(_ context.Context, mg resource.Managed) (managed.ExternalDelete, error) {
	m := mg.(*Managed) // Connect has seen it
	if err := e.empty(m); err != nil {
		return managed.ExternalDelete{}, fmt.Errorf("async delete failed: failed to delete the resource: %s", diagnostic("Error deleting", e.kind, err))
	}
	err := e.cloud.Delete(e.kind.of, e.kind.id(m))
	if err != nil && !cloud.IsNotFound(err) {
		return managed.ExternalDelete{}, fmt.Errorf("async delete failed: failed to delete the resource: %s", diagnostic("Error deleting", e.kind, err))
	}
	return managed.ExternalDelete{}, nil
}

// empty deletes the objects of a container whose spec says so.
func (e *external) empty(m *Managed) error {
	if force, _ := m.parameters("forProvider")["forceDestroy"].(bool); !force || e.kind.of != cloud.Container {
		return nil
	}
	for _, o := range e.cloud.List(cloud.Filter{Kind: cloud.Object}) {
		if o.Text("containerName") != e.kind.id(m) || o.State == cloud.Deleting {
			continue
		}
		if err := e.cloud.Delete(cloud.Object, o.ID); err != nil && !cloud.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// Disconnect does nothing.
func (e *external) Disconnect(context.Context) error { return nil }

// details returns the connection details. They are the same each time, so that
// the Secret isn't written again.
func (e *external) details(r cloud.Resource) managed.ConnectionDetails {
	out := managed.ConnectionDetails{}
	if len(e.kind.details) == 0 {
		return out
	}
	secrets := e.cloud.Secrets(r.Kind, r.ID)
	for key, secret := range e.kind.details {
		if s := secrets[secret]; s != "" {
			out[key] = []byte(s)
		}
	}
	return out
}

// secrets reads the secrets that the spec names.
func (e *external) secrets(ctx context.Context, m *Managed) (map[string]string, error) {
	out := map[string]string{}
	for field, secret := range e.kind.secretRefs {
		ref, found, err := unstructured.NestedStringMap(m.Object, "spec", "forProvider", field)
		if err != nil || !found {
			continue
		}
		s := &corev1.Secret{}
		if err := e.client.Get(ctx, client.ObjectKey{Namespace: m.GetNamespace(), Name: ref["name"]}, s); err != nil {
			return nil, fmt.Errorf("cannot get the secret of %s: %w", field, err)
		}
		out[secret] = string(s.Data[ref["key"]])
	}
	return out, nil
}

// externalName returns what the annotation says of a resource.
func (k *kind) externalName(r cloud.Resource) string {
	if k.under == "" {
		return r.ID
	}
	return r.Text(k.under) + "/" + r.ID
}

// id returns the ID that the annotation says, or "".
func (k *kind) id(m *Managed) string {
	name := meta.GetExternalName(m)
	if k.under == "" {
		return name
	}
	return name[strings.LastIndex(name, "/")+1:]
}

// diagnostic formats an error as Terraform's SDK formats its diagnostics.
func diagnostic(what string, k *kind, err error) string {
	return fmt.Sprintf("[{0 %s %s: %s  []}]", what, k.terraform, err)
}
