package cloud

import (
	"net/netip"
	"strings"
)

func checkZone(_ *Cloud, _, r *record) error {
	if !strings.HasSuffix(r.Text("name"), ".") {
		return badRequest("Provided object does not match schema: '%s' is not a 'domainname'", r.Text("name"))
	}
	return nil
}

func checkRecordset(c *Cloud, _, r *record) error {
	zone := c.find(Zone, r.Text("zoneId")).Text("name")
	if name := r.Text("name"); name != zone && !strings.HasSuffix(name, "."+zone) {
		return badRequest("RecordSet is not contained within it's parent zone")
	}
	if err := checkRecords(r); err != nil {
		return err
	}
	for _, other := range c.records[Recordset] {
		shares := other.ID != r.ID && !other.dying() && other.Text("zoneId") == r.Text("zoneId") && other.Text("name") == r.Text("name")
		if shares && other.Text("type") != r.Text("type") && (other.Text("type") == cname || r.Text("type") == cname) {
			return badRequest("CNAME recordsets may not share a name with any other records")
		}
	}
	return nil
}

const cname = "CNAME"

// checkRecords looks whether records are addresses where they must be.
func checkRecords(r *record) error {
	for _, text := range r.Texts("records") {
		ip, err := netip.ParseAddr(text)
		switch kind := r.Text("type"); {
		case kind == "A" && (err != nil || !ip.Is4()):
			return badRequest("Provided object does not match schema: '%s' is not a 'ipv4'", text)
		case kind == "AAAA" && (err != nil || !ip.Is6()):
			return badRequest("Provided object does not match schema: '%s' is not a 'ipv6'", text)
		}
	}
	return nil
}
