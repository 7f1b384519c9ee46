// Pins the modules whose CRDs tests validate composed resources against. It
// holds no code and nothing imports it, so `go mod tidy` would empty it: change
// versions by hand, and keep provider versions equal to those in crossplane.yaml.
module github.com/skerry-dev/skerry/test/tools/crds

go 1.26.0

require (
	github.com/crossplane-contrib/provider-helm v1.3.0
	github.com/crossplane-contrib/provider-kubernetes v1.2.1
	github.com/crossplane/crossplane/v2 v2.4.0
	github.com/k-orc/openstack-resource-controller/v2 v2.4.0
	github.com/prometheus-operator/prometheus-operator v0.92.1
	github.com/traefik/traefik/v3 v3.7.11
	sigs.k8s.io/cluster-api v1.14.2
	sigs.k8s.io/cluster-api-operator v0.28.0
	sigs.k8s.io/cluster-api-provider-openstack v0.14.7
	sigs.k8s.io/gateway-api v1.5.1
)
