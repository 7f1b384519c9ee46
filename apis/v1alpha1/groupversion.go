package v1alpha1

// The API group and version of every kind in this package.
const (
	Group      = "skerry.dev"
	Version    = "v1alpha1"
	APIVersion = Group + "/" + Version
)
