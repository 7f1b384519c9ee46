package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// zonesOf returns the zones that a pool is to be in: the claim's, or all of the cloud's,
// or one without a name where the cloud has none.
func zonesOf(field string, in *v1alpha1.NodePool, cloud *v1alpha1.Cloud) ([]string, error) {
	zones := zoneNames(in.AvailabilityZones)
	offered := zoneNames(cloud.Zones)
	for _, z := range zones {
		if !slices.Contains(offered, z) {
			return nil, refusal.NotOneOf(field+".availabilityZones", z, fmt.Sprintf("is not a zone of cloud %q", cloud.Name), offered)
		}
	}
	if len(zones) == 0 {
		zones = offered
	}
	if len(zones) == 0 {
		zones = []string{""}
	}
	slices.Sort(zones)
	return zones, nil
}

// planShares splits a pool over its zones: Cluster API puts each group of machines into
// one zone.
//
// Nodes stay where they are, as their volumes can't follow: a zone that the platform adds
// gets those that come. Nodes in zones that the pool isn't to be in any more are replaced,
// and so are those that make the zones uneven which the claim names. That waits for a
// window; then nodes go as others are ready in their place. What the pool's own size
// changes doesn't wait.
func (c *Cluster) planShares(p *Pool, in *v1alpha1.NodePool, cloud *v1alpha1.Cloud, zones []string) {
	m := &c.Facts.Machines
	s := m.spreadOf(in, zones)
	n := s.size(m)
	goal := s.goal(n)
	settled, over := s.parted(goal)
	// Some of those that are too many may go with the pool's own shrinking.
	replaced := min(nodesIn(over), n-nodesIn(settled))
	change := v1alpha1.PendingChange{Name: "pool/" + in.Name + "/zones"}
	begun := nodesIn(over) > 0 && c.Maintenance.HasBegun(change.Name)
	if replaced == 0 && !begun {
		p.Shares = s.shares(s.stay, goal)
		return
	}
	change.From, change.To, change.Nodes = zoneList(s.zones()), zoneList(zones), replaced
	change.Reason = fmt.Sprintf("Nodes move to the zones that cloud %s has.", cloud.Name)
	if len(in.AvailabilityZones) > 0 {
		change.Reason = "Nodes are spread over the zones that the claim names."
	}
	change, admitted := c.Maintenance.Admit(change, begun)
	if !admitted || !s.counted {
		c.Pending = append(c.Pending, change)
		level(settled, n-replaced)
		level(over, replaced)
		p.Shares = s.shares(s.running(), slices.Concat(settled, over))
		return
	}
	c.Begun = append(c.Begun, change)
	p.Moving = n
	awaited := min(nodesIn(over), max(0, n-m.readyOf(goal)))
	level(settled, max(nodesIn(settled), min(n, n+s.surge(p, n)-awaited)))
	level(over, awaited)
	for i := range s.leave {
		over[i].Leaves = true
	}
	p.Shares = s.fixed(slices.Concat(settled, over))
}

// A spread is how a pool is spread over zones.
type spread struct {
	in *v1alpha1.NodePool
	// stay are the shares in the pool's zones, in the order in which they get what is left
	// over. leave are those in other zones. Both have the nodes that they run with.
	stay, leave []Share
	// runs are the shares of stay that the Cluster has.
	runs map[string]bool
	// counted says that the nodes of all shares are known.
	counted bool
}

// spreadOf reads where the nodes of a pool are. Where nothing has run yet, nothing has to
// leave a zone in an orderly way.
func (m *Machines) spreadOf(in *v1alpha1.NodePool, zones []string) spread {
	s := spread{in: in, runs: map[string]bool{}, counted: true}
	for _, z := range zones {
		share := Share{Name: shareName(in.Name, z), Zone: z}
		if _, s.runs[share.Name] = m.Shares[share.Name]; s.runs[share.Name] {
			s.count(m, &share)
		}
		s.stay = append(s.stay, share)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Shares)) {
		share := Share{Name: name, Zone: m.Shares[name].Zone}
		if m.Reachable && !slices.Contains(zones, share.Zone) && name == shareName(in.Name, share.Zone) {
			s.count(m, &share)
			s.leave = append(s.leave, share)
		}
	}
	slices.SortFunc(s.stay, func(a, b Share) int {
		// The autoscaler's nodes come and go: bounds don't follow them.
		if in.Replicas != nil && a.Replicas != b.Replicas {
			return cmp.Compare(b.Replicas, a.Replicas)
		}
		// While nodes of an autoscaled pool move the order stays: it says which bounds they
		// have to fit into.
		if s.runs[a.Name] != s.runs[b.Name] && (in.Replicas != nil || len(s.leave) == 0) {
			if s.runs[a.Name] {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Zone, b.Zone)
	})
	return s
}

// count sets the nodes of a share. One whose nodes nobody knows may have some.
func (s *spread) count(m *Machines, share *Share) {
	n, known := m.nodesOf(share.Name)
	if !known {
		n, s.counted = 1, false
	}
	share.Replicas = n
}

// size is how many nodes the pool has to have. An autoscaled one keeps, within its bounds,
// as many as it has when its nodes begin to move. From then on the autoscaler doesn't
// decide, and those in the pool's zones say how many there were.
func (s *spread) size(m *Machines) int32 {
	if s.in.Replicas != nil {
		return *s.in.Replicas
	}
	had, has := nodesIn(s.leave), int32(0)
	for i, share := range s.stay {
		if m.Shares[share.Name].Replicas != nil {
			has += min(share.Replicas, s.most(i))
		} else {
			had += share.Replicas
		}
	}
	return min(max(had, has, s.in.Autoscaling.Min), s.in.Autoscaling.Max)
}

// most nodes that the i-th share of an autoscaled pool may have.
func (s *spread) most(i int) int32 { return part(s.in.Autoscaling.Max, i, len(s.stay)) }

// goal is how so many nodes are to be spread. Where the autoscaler takes over again once
// they have moved, no share may have more than its bounds: Cluster API would remove them.
func (s *spread) goal(n int32) []Share {
	out := slices.Clone(s.stay)
	for i := range out {
		switch {
		case s.in.Autoscaling != nil && len(s.leave) > 0:
			out[i].Replicas = min(out[i].Replicas, s.most(i))
		case s.in.Replicas != nil && len(s.in.AvailabilityZones) > 0:
			out[i].Replicas = 0
		}
	}
	level(out, n)
	return out
}

// parted returns the nodes that are where they are to be, and those that are too many: of
// the shares that leave first.
func (s *spread) parted(goal []Share) (settled, over []Share) {
	settled, over = slices.Clone(s.stay), slices.Clone(s.leave)
	for i := range settled {
		if more := settled[i].Replicas - goal[i].Replicas; more > 0 {
			settled[i].Replicas -= more
			over = append(over, Share{Name: settled[i].Name, Zone: settled[i].Zone, Replicas: more})
		}
	}
	return settled, over
}

// running are the shares that the Cluster has, in the order of before.
func (s *spread) running() []Share {
	out := slices.Clone(s.leave)
	for _, share := range s.stay {
		if s.runs[share.Name] {
			out = append(out, share)
		}
	}
	slices.SortFunc(out, func(a, b Share) int { return strings.Compare(a.Zone, b.Zone) })
	return out
}

// zones in which the pool has nodes.
func (s *spread) zones() []string {
	var out []string
	for _, share := range slices.Concat(s.stay, s.leave) {
		if share.Replicas > 0 {
			out = append(out, share.Zone)
		}
	}
	return out
}

// surge is how many nodes may come before others go. Of an autoscaled pool all come at
// once: see size.
func (s *spread) surge(p *Pool, n int32) int32 {
	if s.in.Replicas == nil {
		return n
	}
	return p.MaxSurge
}

// shares of a pool: those with so many nodes, or all of them with their part of the
// autoscaler's bounds.
func (s *spread) shares(all, sized []Share) []Share {
	if s.in.Replicas != nil {
		return s.fixed(sized)
	}
	var out []Share
	for i, share := range all {
		a := *s.in.Autoscaling
		a.Min, a.Max = part(a.Min, i, len(all)), part(a.Max, i, len(all))
		if a.Max > 0 || i == 0 {
			out = append(out, Share{Name: share.Name, Zone: share.Zone, Autoscaling: &a})
		}
	}
	return byName(out)
}

// fixed returns the shares that have nodes, each once. A pool of none keeps one group, to
// grow from.
func (s *spread) fixed(sized []Share) []Share {
	var out []Share
	for _, share := range sized {
		i := slices.IndexFunc(out, func(o Share) bool { return o.Name == share.Name })
		if i < 0 {
			out = append(out, share)
			continue
		}
		out[i].Replicas += share.Replicas
	}
	out = slices.DeleteFunc(out, func(share Share) bool { return share.Replicas == 0 })
	if len(out) == 0 {
		return []Share{{Name: s.stay[0].Name, Zone: s.stay[0].Zone}}
	}
	return byName(out)
}

func byName(shares []Share) []Share {
	slices.SortFunc(shares, func(a, b Share) int { return strings.Compare(a.Name, b.Name) })
	return shares
}

// level gives shares so many nodes in all. One that comes goes where there are fewest, one
// that goes leaves where there are most.
func level(shares []Share, total int32) {
	for sum := nodesIn(shares); sum != total && len(shares) > 0; {
		fewest, most := 0, 0
		for i := range shares {
			if shares[i].Replicas < shares[fewest].Replicas {
				fewest = i
			}
			if shares[i].Replicas >= shares[most].Replicas {
				most = i
			}
		}
		if sum < total {
			shares[fewest].Replicas++
			sum++
			continue
		}
		shares[most].Replicas--
		sum--
	}
}

func nodesIn(shares []Share) int32 {
	var n int32
	for _, s := range shares {
		n += s.Replicas
	}
	return n
}

// readyOf is how many nodes are ready of those that shares are to have.
func (m *Machines) readyOf(shares []Share) int32 {
	var n int32
	for _, s := range shares {
		n += min(m.Nodes[s.Name].Ready, s.Replicas)
	}
	return n
}

// zoneList returns "a, b".
func zoneList(zones []string) string {
	sorted := slices.Sorted(slices.Values(zones))
	if len(sorted) == 1 && sorted[0] == "" {
		return "none"
	}
	return strings.Join(sorted, ", ")
}

func shareName(pool, zone string) string {
	if zone == "" {
		return pool
	}
	return pool + "-" + dns1123(zone)
}

// part is the i-th of n parts of total: the first ones get what is left over.
func part(total int32, i, n int) int32 {
	p := total / int32(n)
	if int32(i) < total%int32(n) {
		p++
	}
	return p
}

// dns1123 makes a zone's name fit for the name of a Kubernetes object.
func dns1123(s string) string {
	out := []byte(s)
	for i, b := range out {
		switch {
		case b >= 'A' && b <= 'Z':
			out[i] = b + 'a' - 'A'
		case (b < 'a' || b > 'z') && (b < '0' || b > '9'):
			out[i] = '-'
		}
	}
	for len(out) > 0 && out[len(out)-1] == '-' {
		out = out[:len(out)-1]
	}
	return string(out)
}
