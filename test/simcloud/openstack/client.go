package openstack

import (
	"context"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kindManager is the manager that crossplane-runtime's reconciler of one kind
// sees: its scheme makes a Managed for that kind, and its client gives it the
// kind that the Go type doesn't have.
type kindManager struct {
	ctrl.Manager

	client client.Client
	scheme *runtime.Scheme
}

func newKindManager(mgr ctrl.Manager, reader client.Reader, k schema.GroupVersionKind) kindManager {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypeWithName(k, &Managed{})
	return kindManager{Manager: mgr, client: kindClient{Client: mgr.GetClient(), reader: reader, kind: k}, scheme: scheme}
}

// GetClient returns the kind's client.
func (m kindManager) GetClient() client.Client { return m.client }

// GetScheme returns a scheme that knows the kind alone.
func (m kindManager) GetScheme() *runtime.Scheme { return m.scheme }

// kindClient reads managed resources from the cache, and writes a status only
// when it has changed: crossplane-runtime writes it at the end of each
// reconcile, and relies on the API server to see that there's nothing new.
type kindClient struct {
	client.Client

	reader client.Reader
	kind   schema.GroupVersionKind
}

// Get reads an object. A managed resource is of the client's kind if it doesn't
// say of which.
func (c kindClient) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	m, ok := o.(*Managed)
	if !ok {
		return c.Client.Get(ctx, key, o, opts...)
	}
	if m.GroupVersionKind().Empty() {
		m.SetGroupVersionKind(c.kind)
	}
	return m.after(c.reader.Get(ctx, key, &m.Unstructured, opts...))
}

// List reads objects.
func (c kindClient) List(ctx context.Context, l client.ObjectList, opts ...client.ListOption) error {
	if m, ok := l.(*ManagedList); ok {
		return c.reader.List(ctx, &m.UnstructuredList, opts...)
	}
	return c.Client.List(ctx, l, opts...)
}

// Update writes an object.
func (c kindClient) Update(ctx context.Context, o client.Object, opts ...client.UpdateOption) error {
	if m, ok := o.(*Managed); ok {
		return m.after(c.Client.Update(ctx, &m.Unstructured, opts...))
	}
	return c.Client.Update(ctx, o, opts...)
}

// Patch writes a part of an object.
func (c kindClient) Patch(ctx context.Context, o client.Object, p client.Patch, opts ...client.PatchOption) error {
	if m, ok := o.(*Managed); ok {
		return m.after(c.Client.Patch(ctx, &m.Unstructured, p, opts...))
	}
	return c.Client.Patch(ctx, o, p, opts...)
}

// Status returns the client for the status.
func (c kindClient) Status() client.SubResourceWriter {
	return kindStatus{c.Client.Status()}
}

type kindStatus struct{ client.SubResourceWriter }

// Update writes a status, if it has changed since it was read.
func (c kindStatus) Update(ctx context.Context, o client.Object, opts ...client.SubResourceUpdateOption) error {
	m, ok := o.(*Managed)
	if !ok {
		return c.SubResourceWriter.Update(ctx, o, opts...)
	}
	status, err := plain(m.section("status"))
	if err != nil {
		return err
	}
	if cmp.Equal(status, m.stored, cmpopts.EquateEmpty()) {
		return nil
	}
	return m.after(c.SubResourceWriter.Update(ctx, &m.Unstructured, opts...))
}

// after remembers the status as the API server answered it.
func (m *Managed) after(err error) error {
	if err != nil {
		return err
	}
	if m.Object["status"] == nil {
		delete(m.Object, "status") // a client in memory may answer with null
	}
	m.stored, err = plain(m.section("status"))
	return err
}

// plain copies a section with the types that an API server's answer is decoded
// into: numbers without a fraction are int64.
func plain(section map[string]any) (map[string]any, error) {
	data, err := json.Marshal(section)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	return out, json.Unmarshal(data, &out)
}
