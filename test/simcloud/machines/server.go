package machines

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// machineSpec is what an OpenStackMachine asks for.
type machineSpec struct {
	Spec struct {
		Flavor   string `json:"flavor"`
		FlavorID string `json:"flavorID"`
		Image    struct {
			reference `json:",inline"`

			Filter struct {
				Name string `json:"name"`
			} `json:"filter"`
			// ImageRef names an Image beside the machine.
			ImageRef struct {
				Name string `json:"name"`
			} `json:"imageRef"`
		} `json:"image"`
		SecurityGroups []reference `json:"securityGroups"`
		ServerGroup    reference   `json:"serverGroup"`
		RootVolume     *struct {
			volume `json:",inline"`

			SizeGiB int64 `json:"sizeGiB"`
		} `json:"rootVolume"`
		BlockDevices []struct {
			Name    string `json:"name"`
			SizeGiB int64  `json:"sizeGiB"`
			Storage struct {
				Type   string `json:"type"`
				Volume volume `json:"volume"`
			} `json:"storage"`
		} `json:"additionalBlockDevices"`
	} `json:"spec"`
}

type volume struct {
	Type string `json:"type"`
	Zone struct {
		From string `json:"from"`
		Name string `json:"name"`
	} `json:"availabilityZone"`
}

// ensureServer makes the machine's server, its volumes first. While one of them is
// being made, that is what it returns.
func (r servers) ensureServer(ctx context.Context, m *machine, data []byte) (cloud.Resource, error) {
	image, err := r.imageOf(ctx, m)
	if err != nil {
		return cloud.Resource{}, err
	}
	attributes := map[string]any{
		"name":   m.GetName(),
		"flavor": m.flavor(),
		"image":  image,
		// The port is made with the server, and goes with it.
		"networkIds":       []string{text(m.cloudCluster, "status", "network", "id")},
		"securityGroupIds": m.securityGroups(),
		"userData":         base64.StdEncoding.EncodeToString(data),
	}
	if zone := m.zone(); zone != "" {
		attributes["availabilityZone"] = zone
	}
	if group := m.spec.Spec.ServerGroup.ID; group != "" {
		attributes["serverGroupId"] = group
	}
	var ids []string
	for _, s := range m.volumes(image) {
		v, err := r.ensure(s)
		if err != nil || untilActive(v) > 0 {
			return v, err
		}
		ids = append(ids, v.ID)
	}
	if len(ids) > 0 {
		attributes["volumeIds"] = ids
	}
	return r.ensure(cloud.Spec{Kind: cloud.Server, Owner: ownerOf(&m.object), Attributes: attributes})
}

// hostOf returns what the machine's kubelet sees of its server.
func (r servers) hostOf(m *machine, server cloud.Resource) host {
	zone := server.Text("availabilityZone")
	if zone == "" {
		zone = r.cloud.Zones()[0]
	}
	return host{
		id: server.ID, name: server.Name, address: server.Text("accessIpV4"),
		zone: zone, region: r.options.Region,
		flavor: m.flavor(), size: r.options.flavor(m.flavor()),
		version: text(m.machine, "spec", "version"),
	}
}

func (m *machine) flavor() string {
	if id := m.spec.Spec.FlavorID; id != "" {
		return id
	}
	return m.spec.Spec.Flavor
}

// zone is the one that Cluster API chose, or none.
func (m *machine) zone() string { return text(m.machine, "spec", "failureDomain") }

// securityGroups are those of the machine and the one that is managed for its role.
func (m *machine) securityGroups() []string {
	field := "workerSecurityGroup"
	if m.controlPlane() {
		field = "controlPlaneSecurityGroup"
	}
	var out []string
	for _, g := range m.spec.Spec.SecurityGroups {
		out = append(out, g.ID)
	}
	if managed := text(m.cloudCluster, "status", field, "id"); managed != "" {
		out = append(out, managed)
	}
	return out
}

// volumes are those that the server boots from and has beside.
func (m *machine) volumes(image string) []cloud.Spec {
	var out []cloud.Spec
	add := func(name string, size int64, v volume, image string) {
		attributes := map[string]any{"name": m.GetName() + "-" + name, "size": size}
		if v.Type != "" {
			attributes["volumeType"] = v.Type
		}
		switch {
		case v.Zone.Name != "":
			attributes["availabilityZone"] = v.Zone.Name
		case v.Zone.From == "Machine" && m.zone() != "":
			attributes["availabilityZone"] = m.zone()
		}
		if image != "" {
			attributes["imageId"] = image
		}
		out = append(out, cloud.Spec{Kind: cloud.Volume, Owner: ownerOf(&m.object), Attributes: attributes})
	}
	if root := m.spec.Spec.RootVolume; root != nil {
		add("root", root.SizeGiB, root.volume, image)
	}
	for _, d := range m.spec.Spec.BlockDevices {
		if d.Storage.Type == "Volume" {
			add(d.Name, d.SizeGiB, d.Storage.Volume, "")
		}
	}
	return out
}

// imageOf returns the image's ID or name. The cloud refuses one that it doesn't
// have.
func (r servers) imageOf(ctx context.Context, m *machine) (string, error) {
	spec := m.spec.Spec.Image
	switch {
	case spec.ID != "":
		return spec.ID, nil
	case spec.Filter.Name != "":
		return spec.Filter.Name, nil
	case spec.ImageRef.Name == "":
		return "", fmt.Errorf("cannot find an image for %s: it is neither named nor referred to", m.GetName())
	}
	u, err := get(ctx, r.cached, imageKind, m.GetNamespace(), spec.ImageRef.Name)
	if err != nil {
		return "", err
	}
	if u == nil || text(u, "status", "id") == "" {
		return "", fmt.Errorf("cannot use Image %q: it isn't available yet", spec.ImageRef.Name)
	}
	return text(u, "status", "id"), nil
}
