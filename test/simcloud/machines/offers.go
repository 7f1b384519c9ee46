package machines

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// A Flavor is the size of a server.
type Flavor struct {
	CPU       int64
	MemoryMiB int64
	DiskGiB   int64
	// Architecture is amd64 when empty.
	Architecture string
}

// anyFlavor is what a flavor has that says nothing of its size.
var anyFlavor = Flavor{CPU: 4, MemoryMiB: 16 << 10, DiskGiB: 50}

// scsFlavor is the part of a flavor's name that says its size, after the naming
// standard of the Sovereign Cloud Stack: CPUs, GiB of memory, GB of disk.
var scsFlavor = regexp.MustCompile(`^SCS-(\d+)[A-Z]i?-(\d+)(?:-(\d+)[a-z]*)?(?:_|$)`)

// flavor returns the size of the named flavor.
func (o Options) flavor(name string) Flavor {
	f, ok := o.Flavors[name]
	if !ok {
		f = anyFlavor
		if m := scsFlavor.FindStringSubmatch(name); m != nil {
			f.CPU, f.MemoryMiB = number(m[1]), number(m[2])<<10
			if m[3] != "" {
				f.DiskGiB = number(m[3])
			}
		}
	}
	if f.Architecture == "" {
		f.Architecture = "amd64"
	}
	return f
}

// number reads digits.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// image finds what the cloud offers under a name or an ID.
func (o Options) image(named string) (offer cloud.Offer, ok bool) {
	for _, i := range o.Catalogue.Images {
		if named == i.ID || named == i.Name {
			offer, ok = i, true
		}
	}
	if len(o.Catalogue.Images) == 0 {
		offer, ok = cloud.Offer{Name: named}, named != ""
	}
	if offer.ID == "" && ok {
		offer.ID = idOf(offer.Name)
	}
	return offer, ok
}

// idOf returns the ID of what has only a name: the same each time.
func idOf(name string) string {
	h := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	return fmt.Sprintf("%s-%s-4%s-8%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:32])
}
