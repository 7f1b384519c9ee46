package charttest

// undocumented are values that charts read without having them in their
// values.yaml, and maps there that hold examples but take any key. They and all
// below them are not checked. Each was read by a template at the version that
// stands in the catalogue.
var undocumented = map[string][]string{
	"cert-manager": {
		"config", // The whole configuration file of the controller.
		"podDisruptionBudget.maxUnavailable",
		"podDisruptionBudget.minAvailable",
		"cainjector.podDisruptionBudget.maxUnavailable",
		"cainjector.podDisruptionBudget.minAvailable",
		"webhook.podDisruptionBudget.maxUnavailable",
		"webhook.podDisruptionBudget.minAvailable",
	},
	"cluster-api-janitor-openstack": {"podSecurityContext"}, // Copied as it is.
	"cluster-api-operator":          {"core", "bootstrap", "controlPlane", "infrastructure", "configSecret"},
	"cluster-autoscaler":            {"extraArgs"}, // Any flag of the autoscaler.
	"csi-driver-nfs":                {"storageClasses"},
	"external-dns":                  {"extraArgs", "secretConfiguration.data"},
	"openstack-cinder-csi": {
		"secret.data",
		"secret.name",
		"storageClass.custom",
	},
	"openstack-cloud-controller-manager": {"cloudConfigContents", "hostAliases"},
	"snapshot-controller":                {"controller.pdb"},
	// Copied as it is into the spec of the Installation.
	"tigera-operator": {"installation"},
	"traefik": {
		"gateway.listeners",
		"ports.web.http.redirections.entryPoint",
		"ports.websecure.asDefault",
		"service.spec",
	},
}
