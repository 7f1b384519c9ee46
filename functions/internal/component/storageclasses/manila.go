package storageclasses

import (
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// shareSecret is the Secret that the driver of shares logs in with. The
// StorageClass names it, and can't be changed: a rotated credential goes into
// the same Secret.
const shareSecret = "skerry-manila"

// nfs is the driver that mounts NFS shares on a node.
func nfs() addon.Release {
	return addon.Release{
		Name:      "csi-driver-nfs",
		Namespace: namespace,
		Fixed:     nfsFixed,
		After:     []string{cloudprovider.Key()},
	}
}

// manilaValues are what a plan varies of the chart openstack-manila-csi.
type manilaValues struct {
	CSIManila csiManila `json:"csimanila"`
}

type csiManila struct {
	// ClusterID is written into the metadata of every share.
	ClusterID string `json:"clusterID"`
}

// manila is the driver of shares. Zones stay out of it: a share is reached over
// the network from all of them.
func manila(p *plan.Cluster) addon.Release {
	return addon.Release{
		Name:      "manila-csi",
		Namespace: namespace,
		Fixed:     manilaFixed,
		Values:    &manilaValues{CSIManila: csiManila{ClusterID: p.Home.Prefix}},
		// The controller mounts the folder of the NFS driver's socket.
		After: []string{cloudprovider.Key(), addon.Key(snapshotController), addon.Key("csi-driver-nfs"), addon.Key("openstack-credentials")},
	}
}

// credentialValues are the values of our chart openstack-credentials, but for
// the secret part.
type credentialValues struct {
	SecretName            string                `json:"secretName"`
	AuthURL               string                `json:"authURL"`
	Region                string                `json:"region"`
	ApplicationCredential applicationCredential `json:"applicationCredential"`
	// CertificateAuthority in PEM, or "" for the public ones. The driver takes
	// the text itself, so no node needs a file.
	CertificateAuthority string `json:"certificateAuthority,omitempty"`
}

type applicationCredential struct {
	ID string `json:"id"`
}

// login is the Secret of the driver. The secret part of the credential
// goes from its connection secret into the cluster by reference; the driver
// reads the Secret for each call, so a rotated credential needs no restart.
func login(p *plan.Cluster) addon.Release {
	return addon.Release{
		Name:      "openstack-credentials",
		Namespace: namespace,
		Values: &credentialValues{
			SecretName:            shareSecret,
			AuthURL:               p.Cloud.AuthURL,
			Region:                p.Cloud.Region,
			ApplicationCredential: applicationCredential{ID: p.Facts.Credential.ID},
			CertificateAuthority:  p.Cloud.CACertificate,
		},
		Secrets: []helm.SetValue{credentials.SecretValue(p)},
	}
}
