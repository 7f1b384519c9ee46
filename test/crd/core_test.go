package crd

import "testing"

func TestValidateCore(t *testing.T) {
	cases := map[string]struct {
		reason   string
		manifest string
		want     []string
	}{
		"Secret": {
			reason:   "A Secret should be valid.",
			manifest: "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a}, stringData: {k: v}}",
		},
		"SecretUnknownField": {
			reason:   "A wrong field should be an error.",
			manifest: "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a}, stringDate: {k: v}}",
			want:     []string{`Secret "a/s": unknown field "stringDate"`},
		},
		"SecretWrongType": {
			reason:   "A wrong type should be an error.",
			manifest: "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a}, stringData: {k: 1}}",
			want:     []string{"cannot unmarshal number"},
		},
		"NamespaceInNamespace": {
			reason:   "A cluster-scoped object has no namespace.",
			manifest: "{apiVersion: v1, kind: Namespace, metadata: {name: s, namespace: a}}",
			want:     []string{"metadata.namespace: Forbidden"},
		},
		"RoleName": {
			reason:   "RBAC allows names that others don't.",
			manifest: `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "skerry:edit"}, rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}`,
		},
		"NetworkPolicy": {
			reason:   "Nested fields should be checked with their path.",
			manifest: "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: a}, spec: {podSelector: {}, policyType: [Ingress]}}",
			want:     []string{`unknown field "spec.policyType"`},
		},
		"UnknownKind": {
			reason:   "A kind that Kubernetes doesn't have should be an error.",
			manifest: "{apiVersion: v1, kind: Secrets, metadata: {name: s, namespace: a}}",
			want:     []string{"unknown kind"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := load(t, tc.manifest)
			check(t, tc.reason, s.Validate(parse(t, tc.manifest)), tc.want)
		})
	}
}
