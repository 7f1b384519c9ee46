package plan

import (
	"fmt"
	"math/big"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// standardPerformance is the performance that every cloud has.
const standardPerformance = "standard"

// LabelPerformance is on what holds the data, with the name of the performance
// that it was made with: that can't be changed, whatever level and Platform say
// later.
const LabelPerformance = "skerry.dev/performance"

// Performance of volumes and shares, decided.
type Performance struct {
	// Name, or "" for a bucket.
	Name string
	// ShareType of a share that is made now.
	ShareType string
	// OwnVolumes and OwnShares say that it has a type, and so a class, of its own.
	OwnVolumes, OwnShares bool
	// Encrypted says that the cloud encrypts it.
	Encrypted bool
	// Prices that differ from the cloud's.
	Prices v1alpha1.StoragePrices
}

// Keep is what happens to the data when the Storage is deleted.
type Keep struct {
	// Policy is Retain or Delete.
	Policy string
	// Term for which retained data is kept, or "".
	Term string
}

// Deletes says whether the data goes with the Storage.
func (k Keep) Deletes() bool { return k.Policy == v1alpha1.KeepDelete }

// levelOfStorage returns the level that the claim names, or else the cluster's.
func levelOfStorage(claim *v1alpha1.StorageSpec, at place, p *v1alpha1.PlatformSpec) (*v1alpha1.ServiceLevel, error) {
	name := firstOf(claim.ServiceLevel, at.level)
	names := make([]string, 0, len(p.ServiceLevels))
	for i := range p.ServiceLevels {
		if p.ServiceLevels[i].Name == name {
			return &p.ServiceLevels[i], nil
		}
		names = append(names, p.ServiceLevels[i].Name)
	}
	return nil, refusal.NotOneOf("spec.serviceLevel", name, "is not a service level of this platform", names)
}

// keepOf decides what becomes of the data. When nobody says, it is retained.
func keepOf(claim *v1alpha1.StorageSpec, level *v1alpha1.ServiceLevel) Keep {
	k := Keep{Policy: firstOf(level.Storage.Keep, v1alpha1.KeepRetain), Term: string(level.Storage.KeepTerm)}
	if claim.Keep != nil {
		k.Policy = claim.Keep.Policy
		k.Term = firstOf(string(claim.Keep.Term), k.Term)
	}
	if k.Deletes() {
		k.Term = ""
	}
	return k
}

// performanceOf decides the performance: as made, as the claim says, as the level
// says where the cloud has it, or standard.
func performanceOf(claim *v1alpha1.StorageSpec, level *v1alpha1.ServiceLevel, cloud *v1alpha1.Cloud, have observed.Set) (Performance, error) {
	asked := string(claim.Performance)
	if claim.AccessMode == modeObject {
		if asked != "" {
			return Performance{}, refusal.New("spec.performance", asked, "is of volumes and shares, and a bucket has none", "Remove it.")
		}
		return Performance{}, nil
	}
	made := madePerformance(have)
	if made != "" {
		if asked != "" && asked != made {
			return Performance{}, refusal.New("spec.performance", asked, "can't be changed from "+made+": the data lives on it", "Set it back, or create a new Storage with migrateFrom.")
		}
		return namedPerformance(made, cloud), nil
	}
	names := performanceNames(cloud)
	if asked != "" && !names[asked] {
		return Performance{}, refusal.NotOneOf("spec.performance", asked, fmt.Sprintf("is not a performance of cloud %q", cloud.Name), keysOf(names))
	}
	if preferred := string(level.Storage.Performance); asked == "" && names[preferred] {
		asked = preferred
	}
	return namedPerformance(firstOf(asked, standardPerformance), cloud), nil
}

// madePerformance returns the performance of what exists, or "".
func madePerformance(have observed.Set) string {
	for _, key := range []string{KeyVolume, KeyShare} {
		if !have.Has(key) {
			continue
		}
		label := observed.At(have.Get(key), "metadata", "labels", LabelPerformance).Text()
		return firstOf(label, standardPerformance) // Earlier versions set none.
	}
	return ""
}

func performanceNames(cloud *v1alpha1.Cloud) map[string]bool {
	names := map[string]bool{standardPerformance: true}
	for _, p := range cloud.Performances {
		names[string(p.Name)] = true
	}
	return names
}

func keysOf(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out // A refusal sorts them.
}

// namedPerformance returns the performance of that name. One that has left the
// Platform goes on for what was made with it.
func namedPerformance(name string, cloud *v1alpha1.Cloud) Performance {
	out := Performance{Name: name}
	if cloud.Shares != nil {
		out.ShareType = cloud.Shares.Type
	}
	for _, p := range cloud.Performances {
		if string(p.Name) != name {
			continue
		}
		out.OwnVolumes, out.OwnShares = p.VolumeType != "", p.ShareType != ""
		out.ShareType = firstOf(p.ShareType, out.ShareType)
		out.Encrypted = boolOf(p.Encrypted, false)
		out.Prices = p.Prices
	}
	return out
}

// costOf is the price of the size that is asked for.
func (s *Storage) costOf(claim *v1alpha1.StorageSpec, cloud *v1alpha1.Cloud) Cost {
	c := costIn(cloud.Prices)
	if cloud.Prices == nil {
		return c
	}
	price, own := cloud.Prices.Storage.Volume, s.Performance.Prices.Volume
	amount := gibibytes(claim.Size.Value())
	switch claim.AccessMode {
	case modeMany:
		price, own = cloud.Prices.Storage.Share, s.Performance.Prices.Share
		amount = big.NewRat(wholeGiB(claim.Size), 1)
	case modeObject:
		price, own = cloud.Prices.Storage.Object, nil
	}
	if own != nil {
		price = own
	}
	c.add(amount, price)
	return c
}

// performanceTypes returns what the StorageClasses of a cluster are made of.
func performanceTypes(cloud *v1alpha1.Cloud) []PerformanceTypes {
	var out []PerformanceTypes
	for _, p := range cloud.Performances {
		out = append(out, PerformanceTypes{Name: string(p.Name), VolumeType: p.VolumeType, ShareType: p.ShareType})
	}
	return out
}
