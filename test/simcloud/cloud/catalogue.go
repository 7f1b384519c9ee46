package cloud

// A Catalogue is what the cloud's operator offers to everybody. None of it is a
// resource, so nothing of it is counted or can be deleted. Where a list is empty,
// whatever somebody names is there: tests that need a missing flavor or image
// list the others.
type Catalogue struct {
	// Zones are the availability zones, {"nova"} if there are none.
	Zones []string `json:"zones,omitempty"`
	// Networks lead out of the cloud.
	Networks []Offer `json:"networks,omitempty"`
	Flavors  []Offer `json:"flavors,omitempty"`
	Images   []Offer `json:"images,omitempty"`
}

// An Offer is something that is named by its ID or its name.
type Offer struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Zones returns the availability zones.
func (c *Cloud) Zones() []string {
	if len(c.catalogue.Zones) == 0 {
		return []string{"nova"}
	}
	return append([]string(nil), c.catalogue.Zones...)
}

// ExternalNetworkName returns the name of a network that leads out of the cloud,
// or its ID when the catalogue has no name for it.
func (c *Cloud) ExternalNetworkName(id string) string {
	for _, o := range c.catalogue.Networks {
		if o.ID == id && o.Name != "" {
			return o.Name
		}
	}
	return id
}

// offers tells whether the operator offers what is named.
func (c *Cloud) offers(k Kind, named string) bool {
	lists := map[Kind][]Offer{Network: c.catalogue.Networks, Flavor: c.catalogue.Flavors, Image: c.catalogue.Images}
	for _, o := range lists[k] {
		if named == o.ID || named == o.Name {
			return true
		}
	}
	return len(lists[k]) == 0
}
