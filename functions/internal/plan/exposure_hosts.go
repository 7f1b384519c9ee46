package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Types of the records that a host name gets.
const (
	recordA    = "A"
	recordAAAA = "AAAA"
)

// States of a host name's record.
const (
	hostManaged   = "Managed"
	hostWaiting   = "Waiting"
	hostUnmanaged = "Unmanaged"
)

const (
	// HostLabel of a record has the host name's hash, by which others find it.
	HostLabel = "skerry.dev/host"
	// ClaimAnnotation of a record names the claim: namespace/name.
	ClaimAnnotation = "skerry.dev/claim"
)

// Record is what DNS says of a host name, for one family of addresses.
type Record struct {
	// Key of the composed resource.
	Key  string
	Host string
	// Type is A or AAAA.
	Type   string
	Values []string
	// ZoneID of the cloud's zone, as the record was made.
	ZoneID         string
	Region         string
	ProviderConfig external.ProviderConfigRef
	// Awaits names what the record can't be made without, or is empty.
	Awaits string
}

// RecordHosts returns the host names of a claim whose records are made from the
// management cluster: what others have of them must be looked at.
func RecordHosts(claim *v1alpha1.ExposureSpec, p *v1alpha1.PlatformSpec, clusters []observed.Value) []string {
	t := Target{Cloud: observed.At(clusterNamed(claim.ClusterRef.Name, clusters), "spec", "cloud").Text()}
	cloud, err := cloudOfTarget(t, p)
	if err != nil || !makesRecords(claim, cloud) {
		return nil
	}
	var out []string
	for _, h := range claim.Hostnames {
		if inZone(h, cloud) {
			out = append(out, h)
		}
	}
	return out
}

func makesRecords(claim *v1alpha1.ExposureSpec, cloud *v1alpha1.Cloud) bool {
	return claim.DNS != dnsNone && cloud != nil && cloud.DNS != nil && cloud.DNS.ZoneID != ""
}

const dnsNone = "None"

func inZone(host string, cloud *v1alpha1.Cloud) bool {
	if cloud == nil || cloud.DNS == nil {
		return false
	}
	return host == cloud.DNS.Zone || strings.HasSuffix(host, "."+cloud.DNS.Zone)
}

// RecordNamespace is where the records of all teams are: with claims in the
// platform's namespace, without in those of the teams, which is all of them.
func RecordNamespace(o Owner) string {
	if o.namespaced() {
		return ""
	}
	return o.Home.Namespace
}

// HostHash stands for a host name where that itself is too long: in labels.
func HostHash(host string) string {
	sum := sha256.Sum256([]byte(host))
	return hex.EncodeToString(sum[:8])
}

// planRecords decides about the records of all host names.
func (x *Exposure) planRecords(claim *v1alpha1.ExposureSpec, cloud *v1alpha1.Cloud, have observed.Set) {
	makes := makesRecords(claim, cloud)
	x.RecordsDecided = makes || claim.DNS == dnsNone
	// It reads Ingresses, routes and Services, and nothing that is passed through.
	x.ByExternalDNS = !makes && claim.DNS != dnsNone && cloud != nil && cloud.DNS != nil && x.Protocol != v1alpha1.ProtocolTLSPassthrough
	for _, h := range x.Hostnames {
		switch {
		case claim.DNS == dnsNone || !inZone(h, cloud) || !makes && !x.ByExternalDNS:
			x.Hosts = append(x.Hosts, v1alpha1.HostStatus{Host: h, State: hostUnmanaged, Message: x.recordToMake(h)})
		case !makes:
			x.Hosts = append(x.Hosts, x.leftToExternalDNS(h))
		default:
			records := x.recordsOf(h, cloud, have)
			x.Records = append(x.Records, records...)
			x.Hosts = append(x.Hosts, hostStatus(h, records, have))
		}
	}
}

// recordsOf returns the records of a host name: one for each family of addresses.
// While no address is known those that exist stay as they are.
func (x *Exposure) recordsOf(host string, cloud *v1alpha1.Cloud, have observed.Set) []Record {
	var out []Record
	for _, family := range []string{recordA, recordAAAA} {
		key := KeyRecord + strings.ToLower(family) + "-" + host
		r := Record{
			Key: key, Host: host, Type: family,
			// Designate can't move a record to another zone.
			ZoneID: firstOf(observed.At(have.Get(key), "spec", "forProvider", "zoneId").Text(), string(cloud.DNS.ZoneID)),
			Region: cloud.Region,
			ProviderConfig: external.ProviderConfigRef{
				Kind: firstOf(cloud.ProviderConfigRef.Kind, "ClusterProviderConfig"), Name: cloud.ProviderConfigRef.Name,
			},
		}
		for _, a := range x.Addresses {
			if familyOf(a) == family {
				r.Values = append(r.Values, a)
			}
		}
		if !x.anyAddress() && (have.Has(key) || family == recordA) {
			r.Awaits = "the address at which the service is reached"
		}
		if len(r.Values) > 0 || r.Awaits != "" {
			out = append(out, r)
		}
	}
	return out
}

// anyAddress says whether there is an address that a record can have.
func (x *Exposure) anyAddress() bool {
	return slices.ContainsFunc(x.Addresses, func(a string) bool { return familyOf(a) != "" })
}

func hostStatus(host string, records []Record, have observed.Set) v1alpha1.HostStatus {
	s := v1alpha1.HostStatus{Host: host, State: hostManaged}
	for _, r := range records {
		made := have.Get(r.Key)
		switch {
		case r.Awaits != "":
			s.State, s.Message = hostWaiting, "Waits for "+r.Awaits+"."
		case observed.ConditionOf(made, "Ready").Status != conditionTrue || !PointsAt(made, r.Values):
			s.State, s.Message = hostWaiting, "The record is being made."
		}
	}
	return s
}

// PointsAt says whether a record is what it should be in the cloud.
func PointsAt(made observed.Value, values []string) bool {
	var is []string
	for v := range observed.At(made, "status", "atProvider", "records").Items() {
		is = append(is, v.Text())
	}
	slices.Sort(is)
	return slices.Equal(is, values)
}

// leftToExternalDNS says what is known of a record that the cluster makes.
func (x *Exposure) leftToExternalDNS(host string) v1alpha1.HostStatus {
	if !x.anyAddress() {
		return v1alpha1.HostStatus{Host: host, State: hostWaiting, Message: "Waits for the address at which the service is reached."}
	}
	return v1alpha1.HostStatus{Host: host, State: hostManaged, Message: "external-dns in the cluster makes the record. It doesn't say when it is made."}
}

// recordToMake tells a team what record it should make itself.
func (x *Exposure) recordToMake(host string) string {
	if !x.anyAddress() {
		return "Make the record yourself once the address is known."
	}
	var records []string
	for _, a := range x.Addresses {
		if family := familyOf(a); family != "" {
			records = append(records, fmt.Sprintf("%s %s %s", host, family, a))
		}
	}
	return "Make the record yourself: " + strings.Join(records, ", ") + "."
}

// withoutRecord warns of host names for which no DNS record can be made. They
// are served all the same: whoever owns the domain may make the record.
func withoutRecord(claim *v1alpha1.ExposureSpec, t Target, cloud *v1alpha1.Cloud) []string {
	if claim.DNS == dnsNone {
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(claim.Hostnames), func(h string) bool { return inZone(h, cloud) })
	if len(others) == 0 {
		return nil
	}
	why := fmt.Sprintf("cloud %q makes no DNS records", t.Cloud)
	if cloud != nil && cloud.DNS != nil {
		why = "records are made only under " + cloud.DNS.Zone
	}
	return []string{fmt.Sprintf("Make the DNS record of %s yourself, and point it at the cluster: %s.", strings.Join(others, ", "), why)}
}

// checkHosts refuses a host name that somebody else has: an older Exposure of the
// same cluster, or whoever has its record in the cloud's zone.
func (x *Exposure) checkHosts(others Others) error {
	siblings := x.siblings(others.Exposures)
	for _, s := range siblings {
		if !s.older {
			continue
		}
		for _, h := range x.Hostnames {
			if slices.Contains(s.hosts, h) {
				return x.taken(h, "Exposure "+s.name+", which is older")
			}
		}
	}
	for _, h := range x.Hostnames {
		if err := x.checkRecord(h, others.Records[h], siblings); err != nil {
			return err
		}
	}
	return nil
}

func (x *Exposure) taken(host, by string) error {
	return refusal.New("spec.hostnames", host, "belongs to "+by, "Remove the host name here, or there first.")
}

// sibling is another Exposure of the same cluster.
type sibling struct {
	name  string
	hosts []string
	older bool
}

func (x *Exposure) siblings(exposures []observed.Value) []sibling {
	mine := ""
	for _, e := range exposures {
		if observed.At(e, "metadata", "name").Text() == x.Team.Name {
			mine = age(e)
		}
	}
	var out []sibling
	for _, e := range exposures {
		name := observed.At(e, "metadata", "name").Text()
		if name == x.Team.Name || observed.At(e, "spec", "clusterRef", "name").Text() != x.Target.Name {
			continue
		}
		s := sibling{name: name, older: mine == "" || age(e) < mine}
		for h := range observed.At(e, "spec", "hostnames").Items() {
			s.hosts = append(s.hosts, h.Text())
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b sibling) int { return strings.Compare(a.name, b.name) })
	return out
}

// age sorts the older first; of two of one second, the first by name.
func age(o observed.Value) string {
	m := o.Field("metadata")
	return m.Field("creationTimestamp").Text() + "/" + m.Field("namespace").Text() + "/" + m.Field("name").Text()
}

// checkRecord refuses a host name whose record somebody else has made first. Which
// team that is remains its own affair.
func (x *Exposure) checkRecord(host string, records []observed.Value, siblings []sibling) error {
	mine, first, owner := "", "", ""
	for _, r := range records {
		claim := observed.At(r, "metadata", "annotations", ClaimAnnotation).Text()
		if claim == x.Claim() {
			mine = older(mine, age(r))
			continue
		}
		if a := older(first, age(r)); a != first {
			first, owner = a, claim
		}
	}
	if first == "" || mine != "" && mine < first {
		return nil
	}
	team, name, _ := strings.Cut(owner, "/")
	if team != x.Team.Namespace {
		return x.taken(host, "an Exposure of another team, which has its DNS record")
	}
	if slices.ContainsFunc(siblings, func(s sibling) bool { return s.name == name }) {
		return nil // Which of the two is older is decided already.
	}
	return x.taken(host, "Exposure "+name+", which has its DNS record")
}

// Claim names the claim, for the annotation of its records.
func (x *Exposure) Claim() string { return x.Team.Namespace + "/" + x.Team.Name }

func older(a, b string) string {
	if a == "" || b < a {
		return b
	}
	return a
}
