package cloud

import (
	"maps"
	"time"
)

// Kind of a resource, as the services call it.
type Kind string

// The kinds that the cloud knows. Each has one line in the table of rules.
const (
	Network               Kind = "Network"
	Subnet                Kind = "Subnet"
	Router                Kind = "Router"
	RouterInterface       Kind = "RouterInterface"
	SecurityGroup         Kind = "SecurityGroup"
	SecurityGroupRule     Kind = "SecurityGroupRule"
	Port                  Kind = "Port"
	FloatingIP            Kind = "FloatingIP"
	LoadBalancer          Kind = "LoadBalancer"
	Server                Kind = "Server"
	ServerGroup           Kind = "ServerGroup"
	Flavor                Kind = "Flavor"
	Image                 Kind = "Image"
	Volume                Kind = "Volume"
	VolumeSnapshot        Kind = "VolumeSnapshot"
	ApplicationCredential Kind = "ApplicationCredential"
	EC2Credential         Kind = "EC2Credential"
	Container             Kind = "Container"
	Object                Kind = "Object"
	Zone                  Kind = "Zone"
	Recordset             Kind = "Recordset"
	Share                 Kind = "Share"
	ShareNetwork          Kind = "ShareNetwork"
	ShareAccess           Kind = "ShareAccess"
	ShareSnapshot         Kind = "ShareSnapshot"
	// File is in a volume, in a share or in a snapshot of either. No service knows
	// files: they stand for the data that nobody must lose.
	File Kind = "File"
)

// State of a resource.
type State string

// A resource is being built, then active; an update makes it pending for a
// while, and one that is being deleted still exists and still counts as a user
// of others.
const (
	Building State = "BUILD"
	Active   State = "ACTIVE"
	Pending  State = "PENDING_UPDATE"
	Deleting State = "DELETING"
)

// Owner is who asked for a resource: an object of the management cluster. The
// cloud compares owners and knows nothing else of them.
type Owner struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	UID       string `json:"uid,omitempty"`
}

// String returns namespace and name.
func (o Owner) String() string {
	if o.Namespace == "" {
		return o.Name
	}
	return o.Namespace + "/" + o.Name
}

// Spec is what somebody asks for.
type Spec struct {
	Kind Kind `json:"kind"`
	// ID is for resources that exist before the cloud is used. It's chosen when
	// empty, as it should be.
	ID string `json:"id,omitempty"`
	// Name is Attributes["name"] when empty.
	Name    string `json:"name,omitempty"`
	Project string `json:"project,omitempty"`
	Owner   Owner  `json:"owner,omitzero"`
	// Attributes are named as provider-openstack names the fields of a managed
	// resource, "networkId" for one. What refers to others is in the table of
	// rules.
	Attributes map[string]any `json:"attributes,omitempty"`
	// Uses are IDs of further resources that can't be deleted while this one
	// exists. The rules find those that the attributes name.
	Uses []string `json:"uses,omitempty"`
	// Secrets are given out by Cloud.Secrets alone. The service adds its own.
	Secrets map[string]string `json:"-"`
}

// Resource is something that exists in the cloud.
type Resource struct {
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Project string `json:"project,omitempty"`
	Owner   Owner  `json:"owner,omitzero"`
	// Attributes hold what was asked for, and what the service chose.
	Attributes map[string]any `json:"attributes,omitempty"`
	// Uses are the IDs of resources that can't be deleted while this one exists.
	Uses []string `json:"uses,omitempty"`
	// PartOf is the ID of the resource that this one came with and goes with, as a
	// port comes with a load balancer.
	PartOf string `json:"partOf,omitempty"`

	Created time.Time `json:"created"`
	Updated time.Time `json:"updated,omitzero"`
	// ActiveAt is when the last creation or update is done.
	ActiveAt time.Time `json:"activeAt"`
	// DeletedAt is when a resource that is being deleted is gone.
	DeletedAt time.Time `json:"deletedAt,omitzero"`
	// State at the time of asking. It's not stored.
	State State `json:"state,omitempty"`
}

// Text returns the attribute as a string, or "".
func (r Resource) Text(attribute string) string {
	s, _ := r.Attributes[attribute].(string)
	return s
}

// Texts returns the attribute as a list of strings.
func (r Resource) Texts(attribute string) []string {
	return texts(r.Attributes, attribute)
}

func (r Resource) state(now time.Time) State {
	switch {
	case !r.DeletedAt.IsZero():
		return Deleting
	case !now.Before(r.ActiveAt):
		return Active
	case r.Updated.IsZero():
		return Building
	default:
		return Pending
	}
}

// Filter selects resources. What is empty selects all.
type Filter struct {
	Kind    Kind
	Name    string
	Project string
	// Owner is a namespace, or a namespace and a name with a slash between them.
	Owner    string
	OwnerUID string
}

func (f Filter) selects(r *record) bool {
	return (f.Kind == "" || f.Kind == r.Kind) &&
		(f.Name == "" || f.Name == r.Name) &&
		(f.Project == "" || f.Project == r.Project) &&
		(f.OwnerUID == "" || f.OwnerUID == r.Owner.UID) &&
		ownedBy(r.Owner, f.Owner)
}

func ownedBy(o Owner, want string) bool {
	return want == "" || want == o.Namespace || want == o.String()
}

// A record is a resource as it's stored.
type record struct {
	Resource

	// Keeps are the IDs that the resource uses beside those that its attributes
	// name.
	Keeps   []string          `json:"keeps,omitempty"`
	Secrets map[string]string `json:"secrets,omitempty"`
}

// A key tells records apart. A router interface has the ID of its port, so the
// ID alone doesn't.
type key struct {
	kind Kind
	id   string
}

func (r *record) key() key { return key{r.Kind, r.ID} }

func (r *record) dying() bool { return !r.DeletedAt.IsZero() }

// view returns what a caller may have: a copy, without secrets.
func (r *record) view(now time.Time) Resource {
	out := r.Resource
	out.Attributes = cloneMap(r.Attributes)
	out.Uses = append([]string(nil), r.Uses...)
	out.State = r.state(now)
	return out
}

// set gives an attribute a value if it has none.
func (r *record) set(attribute string, value any) {
	if _, ok := r.Attributes[attribute]; !ok {
		r.Attributes[attribute] = value
	}
}

func cloneMap(m map[string]any) map[string]any {
	out := maps.Clone(m)
	for k, v := range out {
		out[k] = clone(v)
	}
	return out
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneMap(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	default:
		return v
	}
}
