package controlplane

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// A Kubeconfig is how one identity reaches one API server: by certificate and
// key, or by token.
type Kubeconfig struct {
	Server string
	CA     []byte
	// Proxy is the URL of an HTTP proxy, empty for none.
	Proxy            string
	Certificate, Key []byte
	Token            string
}

// Write writes it to a file that only its owner reads.
func (k Kubeconfig) Write(file string) error {
	data, err := k.Bytes()
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// Bytes returns it in YAML.
func (k Kubeconfig) Bytes() ([]byte, error) {
	const name = "default"
	c := clientcmdapi.NewConfig()
	c.Clusters[name] = &clientcmdapi.Cluster{Server: k.Server, CertificateAuthorityData: k.CA, ProxyURL: k.Proxy}
	c.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: k.Certificate, ClientKeyData: k.Key, Token: k.Token}
	c.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	c.CurrentContext = name
	return clientcmd.Write(*c)
}

// Through returns the kubeconfig with every cluster reached through the proxy.
func Through(kubeconfig []byte, proxy string) ([]byte, error) {
	c, err := clientcmd.Load(kubeconfig)
	if err != nil {
		return nil, err
	}
	for _, cluster := range c.Clusters {
		cluster.ProxyURL = proxy
	}
	return clientcmd.Write(*c)
}
