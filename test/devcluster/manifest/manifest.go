// Package manifest reads YAML, applies it to a cluster and waits for what comes
// of it. It doesn't know what the objects mean.
package manifest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// owner is the field manager of everything that is applied.
	owner = "devcluster"
	// pollEvery is how soon an awaited object is read again, and pollAtLast how soon when it
	// has been awaited for some seconds: a look is work for the API server, too.
	pollEvery  = 100 * time.Millisecond
	pollAtLast = 500 * time.Millisecond
	// retryFor is how long an apply is tried again that fails for what passes: a
	// kind that isn't served yet, a webhook that doesn't answer yet.
	retryFor = 30 * time.Second
)

// Decode returns the objects of a YAML stream.
func Decode(data []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	const buffer = 4096
	d := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), buffer)
	for {
		u := &unstructured.Unstructured{}
		err := d.Decode(&u.Object)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if len(u.Object) > 0 {
			out = append(out, u)
		}
	}
}

// Read returns the objects of files.
func Read(files ...string) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		objs, err := Decode(data)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", f, err)
		}
		out = append(out, objs...)
	}
	return out, nil
}

// Terse takes the descriptions out of the schemas of definitions, as controller-gen does
// with maxDescLen=0, and leaves other objects alone. On a development cluster nobody reads
// them, and they are two thirds of what its API server stores, compares and sends.
func Terse(objs ...*unstructured.Unstructured) {
	for _, o := range objs {
		if o.GetKind() != "CustomResourceDefinition" {
			continue
		}
		versions, _, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "versions")
		silence(versions)
	}
}

// silence takes out descriptions, at any depth. A property of that name has a schema.
func silence(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			silence(e)
		}
	case map[string]any:
		for key, e := range v {
			if _, text := e.(string); text && key == "description" {
				delete(v, key)
			} else if key != "default" && key != "enum" && key != "example" {
				silence(e)
			}
		}
	}
}

// Apply applies the objects in order, server-side. It tries again for a while
// what fails only because something else isn't ready yet.
func Apply(ctx context.Context, c client.Client, objs ...*unstructured.Unstructured) error {
	for _, o := range objs {
		deadline := time.Now().Add(retryFor)
		for {
			err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(o.DeepCopy()), client.FieldOwner(owner), client.ForceOwnership)
			if err == nil {
				break
			}
			if !passes(err) || time.Now().After(deadline) || ctx.Err() != nil {
				return fmt.Errorf("cannot apply %s: %w", Title(o), err)
			}
			time.Sleep(pollEvery)
		}
	}
	return nil
}

// passes says that an error may go away by itself.
func passes(err error) bool {
	return meta.IsNoMatchError(err) || apierrors.IsInternalError(err) || apierrors.IsNotFound(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsTimeout(err) || apierrors.IsConflict(err)
}

// Title names an object for people.
func Title(o *unstructured.Unstructured) string {
	if ns := o.GetNamespace(); ns != "" {
		return fmt.Sprintf("%s %s/%s", o.GetKind(), ns, o.GetName())
	}
	return fmt.Sprintf("%s %s", o.GetKind(), o.GetName())
}

// New returns an object with nothing but its head.
func New(gvk schema.GroupVersionKind, namespace, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvk)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}

// Await reads the object until check returns nil, and returns its last error when
// ctx ends before.
func Await(ctx context.Context, c client.Reader, o *unstructured.Unstructured, check func(*unstructured.Unstructured) error) error {
	pause := wait.Backoff{Duration: pollEvery, Factor: 1.1, Steps: math.MaxInt, Cap: pollAtLast}
	for {
		err := c.Get(ctx, client.ObjectKeyFromObject(o), o)
		if err == nil {
			err = check(o)
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", Title(o), err)
		case <-time.After(pause.Step()):
		}
	}
}

// Is returns a check that the condition is true.
func Is(condition string) func(*unstructured.Unstructured) error {
	return func(o *unstructured.Unstructured) error {
		status, message := Condition(o, condition)
		if status == "True" {
			return nil
		}
		return fmt.Errorf("condition %s is %q, want True: %s", condition, status, message)
	}
}

// Condition returns the status and the message of a condition.
func Condition(o *unstructured.Unstructured, condition string) (status, message string) {
	all, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, e := range all {
		c, _ := e.(map[string]any)
		if c["type"] == condition {
			status, _ = c["status"].(string)
			message, _ = c["message"].(string)
		}
	}
	return status, message
}
