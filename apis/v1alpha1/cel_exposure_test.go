package v1alpha1_test

import "testing"

func TestCreateExposure(t *testing.T) {
	needsHost := "spec: hostnames: protocols HTTP and TLSPassthrough need one, which tells services apart. Add the name under which the service is to be reached."
	secret := "spec.tls: tls: set secretName with mode Secret, and only then"
	runCreate(t, map[string]createCase{
		"Everything": {
			reason: "All that HTTP has goes together.",
			base:   exposure,
			patch: `spec: {protocol: HTTP, via: Gateway, paths: [{path: /}, {path: /a, type: Exact}], tls: {mode: Secret, secretName: mine},
				allowedCIDRs: [192.0.2.0/24, "2001:db8::/32"], dns: None}`,
		},
		"TCP": {
			reason: "A TCP service needs no host name.",
			base:   exposure,
			patch:  `spec: {protocol: TCP, hostnames: null, loadBalancer: {address: Internal, proxyProtocol: true}}`,
		},
		"UDP": {
			reason: "A UDP service may have one.",
			base:   exposure,
			patch:  `spec: {protocol: UDP, loadBalancer: {address: Floating, proxyProtocol: false}}`,
		},
		"Passthrough": {reason: "What is passed through has a host name.", base: exposure, patch: `spec: {protocol: TLSPassthrough}`},
		"HTTPWithoutHost": {
			reason: "The entry point tells services apart by their host names.",
			base:   exposure,
			patch:  `spec: {hostnames: null}`,
			want:   []string{needsHost},
		},
		"PassthroughWithoutHost": {
			reason: "That is so for what it doesn't open too.",
			base:   exposure,
			patch:  `spec: {protocol: TLSPassthrough, hostnames: null}`,
			want:   []string{needsHost},
		},
		"TCPPaths": {
			reason: "TCP has no paths.",
			base:   exposure,
			patch:  `spec: {protocol: TCP, paths: [{path: /}]}`,
			want:   []string{"spec: paths goes with protocol HTTP only: nothing else knows paths. Remove paths."},
		},
		"PassthroughTLS": {
			reason: "Who opens nothing needs no certificate.",
			base:   exposure,
			patch:  `spec: {protocol: TLSPassthrough, tls: {mode: Automatic}}`,
			want:   []string{"spec: tls goes with protocol HTTP only: everything else reaches the service as it was sent. Remove tls, and let the service have its own certificate."},
		},
		"PassthroughProbe": {
			reason: "What isn't opened has no paths to ask for.",
			base:   exposure,
			patch:  `spec: {protocol: TLSPassthrough, probe: {path: /healthz}}`,
			want:   []string{"spec: probe goes with protocol HTTP only: nothing else knows paths. Remove probe."},
		},
		"UDPVia": {
			reason: "There is one way for UDP.",
			base:   exposure,
			patch:  `spec: {protocol: UDP, via: Gateway}`,
			want:   []string{"spec: via goes with protocol HTTP only: there is one way for each other protocol. Remove via."},
		},
		"HTTPLoadBalancer": {
			reason: "The entry point is shared.",
			base:   exposure,
			patch:  `spec: {loadBalancer: {address: Internal}}`,
			want:   []string{"spec: loadBalancer goes with protocols TCP and UDP only: HTTP and TLSPassthrough share the entry point of the cluster. Remove loadBalancer."},
		},
		"UDPProxyProtocol": {
			reason: "The PROXY protocol is TCP's.",
			base:   exposure,
			patch:  `spec: {protocol: UDP, loadBalancer: {proxyProtocol: true}}`,
			want:   []string{"spec: loadBalancer.proxyProtocol goes with protocol TCP only. Remove it."},
		},
		"SecretWithoutName": {reason: "A Secret has a name.", base: exposure, patch: `spec: {tls: {mode: Secret}}`, want: []string{secret}},
		"NameWithoutSecret": {reason: "What is ordered goes into a Secret of our own.", base: exposure, patch: `spec: {tls: {secretName: mine}}`, want: []string{secret}},
		"NotACIDR":          {reason: "An address is no range.", base: exposure, patch: `spec: {allowedCIDRs: [192.0.2.1]}`, want: []string{"spec.allowedCIDRs[0]: " + notACIDR}},
	})
}
