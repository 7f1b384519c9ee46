package access

import (
	"encoding/base64"

	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// kubeConfig is the part of a kubeconfig file that is written here. client-go's
// own type would bring all of client-go into the function.
type kubeConfig struct {
	APIVersion     string         `json:"apiVersion"`
	Kind           string         `json:"kind"`
	CurrentContext string         `json:"current-context"`
	Clusters       []namedCluster `json:"clusters"`
	Contexts       []namedContext `json:"contexts"`
	Users          []namedUser    `json:"users"`
}

type namedCluster struct {
	Name    string  `json:"name"`
	Cluster cluster `json:"cluster"`
}

type cluster struct {
	Server string `json:"server"`
	CA     string `json:"certificate-authority-data"`
}

type namedContext struct {
	Name    string      `json:"name"`
	Context contextPair `json:"context"`
}

type contextPair struct {
	Cluster string `json:"cluster"`
	User    string `json:"user"`
}

type namedUser struct {
	Name string `json:"name"`
	User user   `json:"user"`
}

type user struct {
	Exec exec `json:"exec"`
}

type exec struct {
	APIVersion      string   `json:"apiVersion"`
	Command         string   `json:"command"`
	Args            []string `json:"args"`
	InstallHint     string   `json:"installHint"`
	InteractiveMode string   `json:"interactiveMode"`
}

// config logs in with kubelogin, the OIDC plugin of kubectl.
func config(p *plan.Cluster) kubeConfig {
	o := p.Access.OIDC
	name := p.Team.Name
	return kubeConfig{
		APIVersion:     "v1",
		Kind:           "Config",
		CurrentContext: name,
		Clusters: []namedCluster{{Name: name, Cluster: cluster{
			Server: p.Facts.Machines.Endpoint,
			CA:     base64.StdEncoding.EncodeToString([]byte(p.Facts.RootCA)),
		}}},
		Contexts: []namedContext{{Name: name, Context: contextPair{Cluster: name, User: "oidc"}}},
		Users: []namedUser{{Name: "oidc", User: user{Exec: exec{
			APIVersion: "client.authentication.k8s.io/v1",
			Command:    "kubectl",
			Args: []string{
				"oidc-login", "get-token",
				"--oidc-issuer-url=" + o.IssuerURL,
				"--oidc-client-id=" + o.ClientID,
				"--oidc-extra-scope=" + o.UsernameClaim,
				"--oidc-extra-scope=" + o.GroupsClaim,
			},
			InstallHint:     "Logging in needs kubelogin: kubectl krew install oidc-login",
			InteractiveMode: "IfAvailable",
		}}}},
	}
}
