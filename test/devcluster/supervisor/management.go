package supervisor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/pki"
)

// auditPolicy logs who wrote what, and no content: secrets stay secret.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [get, list, watch]
- level: None
  resources:
  - {group: coordination.k8s.io}
  - {group: "", resources: [events, serviceaccounts/token]}
  - {group: events.k8s.io}
  - {group: authorization.k8s.io}
  - {group: authentication.k8s.io}
- level: Metadata
`

// prepareManagement writes what the management cluster's API server needs, once.
func (s *Supervisor) prepareManagement() (controlplane.Server, error) {
	keys, err := s.loadKeys()
	if err != nil {
		return controlplane.Server{}, err
	}
	server := controlplane.Server{
		Dir: s.config.file("management"), Port: apiPort, EtcdPort: etcdPort,
		CA: pki.Pair{Certificate: keys["ca.crt"], Key: keys["ca.key"]},

		ServiceAccountPublic: keys["sa.pub"], ServiceAccountKey: keys["sa.key"],
		AuditPolicy: s.config.file("audit-policy.yaml"),
		// No controller that would run pods: nothing runs on this cluster.
		Controllers: "garbage-collector-controller,namespace-controller,serviceaccount-controller,clusterrole-aggregation-controller,root-ca-certificate-publisher-controller",
	}
	if err := os.WriteFile(server.AuditPolicy, []byte(auditPolicy), 0o600); err != nil {
		return server, err
	}
	if _, err := os.Stat(server.Kubeconfig()); err == nil {
		return server, nil
	}
	return server, server.Prepare()
}

// loadKeys returns the keys of the management cluster, made on the first start.
func (s *Supervisor) loadKeys() (map[string][]byte, error) {
	names := []string{"ca.crt", "ca.key", "sa.pub", "sa.key"}
	keys := map[string][]byte{}
	for _, n := range names {
		data, err := os.ReadFile(s.config.file("keys", n))
		if errors.Is(err, fs.ErrNotExist) {
			return s.makeKeys()
		}
		if err != nil {
			return nil, err
		}
		keys[n] = data
	}
	return keys, nil
}

func (s *Supervisor) makeKeys() (map[string][]byte, error) {
	ca, err := pki.NewCA("management")
	if err != nil {
		return nil, err
	}
	public, private, err := pki.NewKey()
	if err != nil {
		return nil, err
	}
	keys := map[string][]byte{"ca.crt": ca.Certificate, "ca.key": ca.Key, "sa.pub": public, "sa.key": private}
	if err := os.MkdirAll(s.config.file("keys"), 0o700); err != nil {
		return nil, err
	}
	for n, data := range keys {
		if err := os.WriteFile(s.config.file("keys", n), data, 0o600); err != nil {
			return nil, fmt.Errorf("cannot keep a key: %w", err)
		}
	}
	return keys, nil
}
