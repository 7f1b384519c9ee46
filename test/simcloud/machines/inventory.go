package machines

import (
	"time"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// deleteDelay is how long to wait before looking again whether something is gone
// that the cloud is deleting.
const deleteDelay = 500 * time.Millisecond

// An inventory finds what an object of the management cluster has made in the
// cloud, so that nothing is made twice: what is in the cloud is the truth, and
// not what was written down before somebody was interrupted.
type inventory struct{ cloud *cloud.Cloud }

func ownerOf(u *object) cloud.Owner {
	return cloud.Owner{Namespace: u.GetNamespace(), Name: u.GetName(), UID: string(u.GetUID())}
}

// ensure returns the owner's resource of that kind and name, and makes it if
// there is none.
func (i inventory) ensure(s cloud.Spec) (cloud.Resource, error) {
	if s.Name == "" {
		s.Name, _ = s.Attributes["name"].(string)
	}
	if have := i.find(s.Kind, s.Owner, s.Name); len(have) > 0 {
		return have[0], nil
	}
	return i.cloud.Create(s)
}

// find returns the owner's resources of a kind, all of them when the name is
// empty. What came with another resource goes with it, and is left out.
func (i inventory) find(kind cloud.Kind, owner cloud.Owner, name string) []cloud.Resource {
	var out []cloud.Resource
	for _, r := range i.cloud.List(cloud.Filter{Kind: kind, Name: name, OwnerUID: owner.UID}) {
		if r.PartOf == "" {
			out = append(out, r)
		}
	}
	return out
}

// remove deletes the owner's resources of a kind. It returns how long to wait
// before asking again, and 0 when there are none left.
func (i inventory) remove(kind cloud.Kind, owner cloud.Owner) (wait time.Duration, err error) {
	for _, r := range i.find(kind, owner, "") {
		wait = deleteDelay
		if r.State == cloud.Deleting {
			continue
		}
		if err := i.cloud.Delete(kind, r.ID); err != nil && !cloud.IsNotFound(err) {
			return 0, err
		}
	}
	return wait, nil
}

// untilActive returns how long a resource isn't usable yet.
func untilActive(r cloud.Resource) time.Duration {
	if r.State == cloud.Active {
		return 0
	}
	return max(time.Until(r.ActiveAt), deleteDelay)
}
