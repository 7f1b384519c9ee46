package openstack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const defaultRegion = "RegionOne"

// A connector finds the credentials of a managed resource, as the provider does
// before each reconcile. The cloud lets everybody in who has some; what they say
// decides the project.
type connector struct {
	kind   *kind
	cloud  *cloud.Cloud
	client client.Client
	usage  resource.ModernTracker
}

// Connect returns the client for a managed resource.
func (c *connector) Connect(ctx context.Context, mg resource.Managed) (managed.ExternalClient, error) {
	m, ok := mg.(*Managed)
	if !ok {
		return nil, fmt.Errorf("cannot connect for a %T", mg)
	}
	l, err := c.login(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("cannot get terraform setup: %w", err)
	}
	return &external{kind: c.kind, cloud: c.cloud, client: c.client, project: l.project(), region: l.region()}, nil
}

// A login is what the credentials hold. Its values are shown to nobody.
type login map[string]string

func (c *connector) login(ctx context.Context, m *Managed) (login, error) {
	credentials, err := c.credentials(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("cannot resolve provider config: %w", err)
	}
	data, err := resource.CommonCredentialExtractor(ctx, credentials.Source, c.client, credentials.CommonCredentialSelectors)
	if err != nil {
		return nil, fmt.Errorf("cannot extract credentials: %w", err)
	}
	l := login{}
	if err := json.Unmarshal(data, &l); err != nil {
		// The decoder's message would show a piece of what it decoded.
		return nil, errors.New("cannot unmarshal openstack credentials as JSON")
	}
	if l["auth_url"] == "" {
		return nil, errors.New("failed to configure the no-fork OpenStack client: failed to configure the provider: [{0 One of 'auth_url' or 'cloud' must be specified  []}]")
	}
	return l, nil
}

func (c *connector) credentials(ctx context.Context, m *Managed) (*Credentials, error) {
	ref := m.GetProviderConfigReference()
	if ref == nil {
		return nil, errors.New("no providerConfigRef provided")
	}
	var (
		o    client.Object
		spec *ConfigSpec
		key  = client.ObjectKey{Name: ref.Name}
	)
	switch ref.Kind {
	case "ProviderConfig":
		pc := &ProviderConfig{}
		o, spec, key.Namespace = pc, &pc.Spec, m.GetNamespace()
	case "ClusterProviderConfig":
		pc := &ClusterProviderConfig{}
		o, spec = pc, &pc.Spec
	default:
		return nil, fmt.Errorf("unknown GVK for ProviderConfig: no kind %q is registered for version %q", ref.Kind, configVersion)
	}
	if err := c.client.Get(ctx, key, o); err != nil {
		return nil, fmt.Errorf("cannot get referenced ProviderConfig: %w", err)
	}
	if s := spec.Credentials.SecretRef; s != nil && key.Namespace != "" {
		s.Namespace = key.Namespace // a team's configuration can't read other teams' Secrets
	}
	if err := c.usage.Track(ctx, m); err != nil {
		return nil, fmt.Errorf("cannot track ProviderConfig usage: %w", err)
	}
	return &spec.Credentials, nil
}

// project returns the ID of the project, which is made of what names it.
func (l login) project() string {
	for _, k := range []string{"tenant_id", "tenant_name", "application_credential_id"} {
		if l[k] != "" {
			sum := sha256.Sum256([]byte(l["auth_url"] + " " + l[k]))
			return hex.EncodeToString(sum[:16])
		}
	}
	return ""
}

func (l login) region() string {
	if r := l["region"]; r != "" {
		return r
	}
	return defaultRegion
}
