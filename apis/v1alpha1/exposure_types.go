package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An Exposure publishes a service of a cluster: HTTP and TLS under host names on
// the cluster's shared entry point, TCP and UDP on a load balancer of its own.
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=exposures,singular=exposure,shortName=expo,categories=skerry
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.urls[0]`
// +kubebuilder:printcolumn:name="Protocol",type=string,JSONPath=`.spec.protocol`,priority=1
// +kubebuilder:printcolumn:name="Address",type=string,JSONPath=`.status.addresses[0]`,priority=1
// +kubebuilder:printcolumn:name="Cluster",type=string,JSONPath=`.spec.clusterRef.name`
type Exposure struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ExposureSpec   `json:"spec"`
	Status ExposureStatus `json:"status,omitempty"`
}

// ExposureSpec is what an application team asks for.
// +kubebuilder:validation:XValidation:rule="self.clusterRef == oldSelf.clusterRef && self.__namespace__ == oldSelf.__namespace__",message="clusterRef and namespace can't be changed: the service lives there. Create a new Exposure."
// +kubebuilder:validation:XValidation:rule="self.protocol == oldSelf.protocol",message="protocol can't be changed: its address would be another. Create a new Exposure, and delete this one when clients have moved."
// +kubebuilder:validation:XValidation:rule="self.protocol in ['TCP', 'UDP'] || has(self.hostnames)",message="hostnames: protocols HTTP and TLSPassthrough need one, which tells services apart. Add the name under which the service is to be reached."
// +kubebuilder:validation:XValidation:rule="self.protocol == 'HTTP' || !has(self.paths)",message="paths goes with protocol HTTP only: nothing else knows paths. Remove paths."
// +kubebuilder:validation:XValidation:rule="self.protocol == 'HTTP' || !has(self.tls)",message="tls goes with protocol HTTP only: everything else reaches the service as it was sent. Remove tls, and let the service have its own certificate."
// +kubebuilder:validation:XValidation:rule="self.protocol == 'HTTP' || !has(self.probe)",message="probe goes with protocol HTTP only: nothing else knows paths. Remove probe."
// +kubebuilder:validation:XValidation:rule="self.protocol == 'HTTP' || !has(self.via)",message="via goes with protocol HTTP only: there is one way for each other protocol. Remove via."
// +kubebuilder:validation:XValidation:rule="self.protocol in ['TCP', 'UDP'] || !has(self.loadBalancer)",message="loadBalancer goes with protocols TCP and UDP only: HTTP and TLSPassthrough share the entry point of the cluster. Remove loadBalancer."
// +kubebuilder:validation:XValidation:rule="self.protocol != 'UDP' || !has(self.loadBalancer) || !has(self.loadBalancer.proxyProtocol) || !self.loadBalancer.proxyProtocol",message="loadBalancer.proxyProtocol goes with protocol TCP only. Remove it."
type ExposureSpec struct {
	// ClusterRef names the KubernetesCluster, in the same namespace, whose
	// service is published.
	ClusterRef ClusterReference `json:"clusterRef"`
	// Namespace of the service in the cluster.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
	// Service to publish.
	Service ServiceReference `json:"service"`
	// Protocol that clients speak. HTTP is served over HTTPS by the cluster's
	// entry point, which has the certificate. TLSPassthrough goes through the
	// entry point unopened: the service has the certificate. TCP and UDP get a
	// load balancer and an address of their own, which cost extra.
	// +kubebuilder:validation:Enum=HTTP;TLSPassthrough;TCP;UDP
	// +kubebuilder:default=HTTP
	// +optional
	Protocol Protocol `json:"protocol,omitempty"`
	// Hostnames under which the service is reached. With protocols TCP and UDP
	// they may be left out: clients then use the address in status. A host name
	// belongs to one Exposure; the older one keeps it.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]([-a-z0-9]*[a-z0-9])?$`
	// +listType=set
	// +optional
	Hostnames []string `json:"hostnames,omitempty"`
	// Paths of the host names that reach the service; the default is all of them.
	// What no path matches is answered with 404.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +optional
	Paths []ExposurePath `json:"paths,omitempty"`
	// TLS says where the certificate comes from. The default is one that is
	// ordered and renewed automatically.
	// +optional
	TLS *ExposureTLS `json:"tls,omitempty"`
	// AllowedCIDRs are the only addresses of clients that are let in; the default
	// is everybody. Protocols HTTP and TLSPassthrough can do it only on clouds
	// whose entry point sees the addresses of clients.
	// +kubebuilder:validation:MaxItems=50
	// +listType=set
	// +optional
	AllowedCIDRs []CIDR `json:"allowedCIDRs,omitempty"`
	// DNS says whether the platform makes the records of host names in the
	// cloud's zone. With None it makes none, and the team does so itself.
	// +kubebuilder:validation:Enum=Managed;None
	// +kubebuilder:default=Managed
	// +optional
	DNS string `json:"dns,omitempty"`
	// Via is what the cluster gets: an Ingress, or a route of the Gateway API. It
	// makes no difference to clients. The default is Ingress.
	// +kubebuilder:validation:Enum=Ingress;Gateway
	// +optional
	Via string `json:"via,omitempty"`
	// LoadBalancer of protocols TCP and UDP.
	// +optional
	LoadBalancer *ExposureLoadBalancer `json:"loadBalancer,omitempty"`
	// Probe says what is asked for where the service level has the host names
	// probed.
	// +optional
	Probe *ExposureProbe `json:"probe,omitempty"`
}

// ExposureProbe says what is asked for.
type ExposureProbe struct {
	// Path that answers 200 to 299 while the service is well, for example /healthz.
	// The default is the first of paths.
	// +kubebuilder:validation:Pattern=`^/[A-Za-z0-9/._~!$&'()*+,;=:@%?-]*$`
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Path string `json:"path,omitempty"`
}

// Protocol of an Exposure.
type Protocol string

// The protocols.
const (
	ProtocolHTTP           Protocol = "HTTP"
	ProtocolTLSPassthrough Protocol = "TLSPassthrough"
	ProtocolTCP            Protocol = "TCP"
	ProtocolUDP            Protocol = "UDP"
)

// ExposurePath is a path that reaches the service.
type ExposurePath struct {
	// Path, for example "/api".
	// +kubebuilder:validation:Pattern=`^/[A-Za-z0-9/._~!$&'()*+,;=:@%-]*$`
	// +kubebuilder:validation:MaxLength=255
	Path string `json:"path"`
	// Type: Prefix matches the path and all below it, Exact just the path.
	// +kubebuilder:validation:Enum=Prefix;Exact
	// +kubebuilder:default=Prefix
	// +optional
	Type string `json:"type,omitempty"`
}

// ExposureTLS says where the certificate comes from.
// +kubebuilder:validation:XValidation:rule="(self.mode == 'Secret') == has(self.secretName)",message="tls: set secretName with mode Secret, and only then"
type ExposureTLS struct {
	// Mode: Automatic orders and renews a certificate. Secret uses the one in a
	// Secret of type kubernetes.io/tls beside the service. None serves plain HTTP
	// on port 80, and nothing on port 443.
	// +kubebuilder:validation:Enum=Automatic;Secret;None
	// +kubebuilder:default=Automatic
	// +optional
	Mode string `json:"mode,omitempty"`
	// SecretName of the Secret in the service's namespace of the cluster.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SecretName string `json:"secretName,omitempty"`
}

// ExposureLoadBalancer is the load balancer of a TCP or UDP service.
type ExposureLoadBalancer struct {
	// Address: Floating is reached from everywhere, Internal from the cluster's
	// own network only.
	// +kubebuilder:validation:Enum=Floating;Internal
	// +kubebuilder:default=Floating
	// +optional
	Address string `json:"address,omitempty"`
	// ProxyProtocol tells the service the address of each client, in a header of
	// the PROXY protocol version 1 before anything else. The service must
	// understand it.
	// +optional
	ProxyProtocol bool `json:"proxyProtocol,omitempty"`
}

// ServiceReference names a port of a service.
type ServiceReference struct {
	// Name of the service.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Port of the service.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port"`
}

// ExposureStatus is what an exposure is.
type ExposureStatus struct {
	// Phase is one word for where the exposure stands.
	// +optional
	Phase Phase `json:"phase,omitempty"`
	// URLs under which the service is reached. Services of protocols TCP and UDP
	// have tcp:// and udp://, with the port.
	// +listType=atomic
	// +optional
	URLs []string `json:"urls,omitempty"`
	// Addresses that DNS records point at.
	// +listType=atomic
	// +optional
	Addresses []string `json:"addresses,omitempty"`
	// Certificate that is ordered automatically.
	// +optional
	Certificate *CertificateStatus `json:"certificate,omitempty"`
	// DNS says for each host name who makes its record, and whether it is made.
	// +listType=map
	// +listMapKey=host
	// +optional
	DNS []HostStatus `json:"dns,omitempty"`
	// Backend says whether pods are behind the service.
	// +optional
	Backend *BackendStatus `json:"backend,omitempty"`
	// Cost of what this exposure has to itself: the entry point that HTTP and
	// TLSPassthrough share is the cluster's.
	// +optional
	Cost *Cost `json:"cost,omitempty"`
	// Probe says what is probed, where the service level has it.
	// +optional
	Probe *ProbeStatus `json:"probe,omitempty"`
}

// ProbeStatus says what is probed. How it goes, Prometheus knows.
type ProbeStatus struct {
	// Targets that are asked.
	// +listType=atomic
	// +optional
	Targets []string `json:"targets,omitempty"`
	// Objective is the share of probes in 30 days that is to succeed, in percent.
	// +optional
	Objective string `json:"objective,omitempty"`
	// Message says why nothing is probed.
	// +optional
	Message string `json:"message,omitempty"`
}

// CertificateStatus is what is known of a certificate.
type CertificateStatus struct {
	// Issued says that there is a valid one.
	Issued bool `json:"issued"`
	// Expires is when it ends, after RFC 3339. It is renewed well before.
	// +optional
	Expires string `json:"expires,omitempty"`
}

// HostStatus is the DNS record of a host name.
type HostStatus struct {
	// Host name.
	Host string `json:"host"`
	// State: Managed when the platform makes the record and it is made, Waiting
	// when it isn't made yet, Unmanaged when the team makes it.
	// +kubebuilder:validation:Enum=Managed;Waiting;Unmanaged
	State string `json:"state"`
	// Message says what is waited for, or what record to make.
	// +optional
	Message string `json:"message,omitempty"`
}

// BackendStatus is what is behind the service. It is looked at every few minutes.
type BackendStatus struct {
	// State: Healthy when all pods are ready, Degraded when some are, Unhealthy
	// when none is, Unknown when the cluster doesn't say.
	// +kubebuilder:validation:Enum=Healthy;Degraded;Unhealthy;Unknown
	State string `json:"state"`
	// Ready is how many pods take requests.
	// +optional
	Ready int32 `json:"ready,omitempty"`
	// NotReady is how many pods don't.
	// +optional
	NotReady int32 `json:"notReady,omitempty"`
	// Message says what to look at.
	// +optional
	Message string `json:"message,omitempty"`
}
