package residents

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// aheadMark is an annotation on what has a clock of its own: by how much it is
	// ahead.
	aheadMark = "residents.skerry.dev/ahead"
	// refusalMark is an annotation on an issuer that refuses every certificate: what
	// it says.
	refusalMark = "residents.skerry.dev/refuses"
)

// clock returns the time as it is for an object.
func (t *town) clock(o *object) time.Time {
	ahead, err := time.ParseDuration(o.GetAnnotations()[aheadMark])
	if err != nil {
		return t.now()
	}
	return t.now().Add(ahead)
}

// Hurry puts the clock of a SnapshotSchedule or of a Certificate ahead, beside
// what it has been put ahead before: what was due until then happens now. One
// snapshot is taken for each call, however much is due.
func Hurry(ctx context.Context, c client.Client, o client.Object, by time.Duration) error {
	u, err := asObject(ctx, c, o)
	if err != nil {
		return err
	}
	ahead, _ := time.ParseDuration(u.GetAnnotations()[aheadMark])
	before := u.DeepCopy()
	annotate(u, aheadMark, (ahead + by).String())
	return c.Patch(ctx, u, client.MergeFrom(before))
}

// Refuse lets an Issuer or a ClusterIssuer refuse certificates with the message,
// until it is empty.
func Refuse(ctx context.Context, c client.Client, issuer client.Object, message string) error {
	u, err := asObject(ctx, c, issuer)
	if err != nil {
		return err
	}
	before := u.DeepCopy()
	annotate(u, refusalMark, message)
	return c.Patch(ctx, u, client.MergeFrom(before))
}

func asObject(ctx context.Context, c client.Client, o client.Object) (*object, error) {
	kind, err := c.GroupVersionKindFor(o)
	if err != nil {
		return nil, err
	}
	u, err := get(ctx, c, kind, o.GetNamespace(), o.GetName())
	if err == nil && u == nil {
		err = fmt.Errorf("there is no %s %q", kind.Kind, client.ObjectKeyFromObject(o))
	}
	return u, err
}

// stamp formats a time as objects have it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// timeOf reads a time, and returns the zero one when there is none.
func timeOf(s string) time.Time {
	t := metav1.Time{}
	if s == "" || t.UnmarshalQueryParameter(s) != nil {
		return time.Time{}
	}
	return t.Time
}
