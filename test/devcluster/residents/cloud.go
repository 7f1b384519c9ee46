package residents

import (
	"context"
	"time"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// ensure returns the owner's resource of that kind, and makes it if there is none:
// what is in the cloud is the truth. It returns how long to wait until the resource
// is usable.
func (t *town) ensure(ctx context.Context, s cloud.Spec) (cloud.Resource, time.Duration, error) {
	have, err := t.cloud.Resources(ctx, cloud.Filter{Kind: s.Kind, OwnerUID: s.Owner.UID})
	if err != nil {
		return cloud.Resource{}, 0, err
	}
	for _, r := range have {
		if r.PartOf == "" && r.State != cloud.Deleting {
			return r, until(r), nil
		}
	}
	r, err := t.cloud.Create(ctx, s)
	if err != nil {
		return r, 0, err
	}
	return r, until(r), nil
}

// until returns how long a resource isn't usable yet.
func until(r cloud.Resource) time.Duration {
	if r.State == cloud.Active {
		return 0
	}
	return max(time.Until(r.ActiveAt), cloudPoll)
}

// remove deletes a resource. It returns how long to wait before asking again, 0
// when it is gone.
func (t *town) remove(ctx context.Context, k cloud.Kind, id string) (time.Duration, error) {
	err := t.cloud.Delete(ctx, k, id)
	if cloud.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return cloudPoll, nil
}
