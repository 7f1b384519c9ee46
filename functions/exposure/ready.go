package main

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
)

// inside is what an Object holds, as it is in the cluster.
func inside(o observed.Value) observed.Value {
	return observed.At(o, "status", "atProvider", "manifest")
}

// hasAddress is ready when an Ingress, a Service or a Gateway has the address of
// its load balancer.
func hasAddress(o observed.Value) (bool, string) {
	if ok, why := readiness.Managed(o); !ok {
		return false, why
	}
	status := inside(o).Field("status")
	for range observed.At(status, "loadBalancer", "ingress").Items() {
		return true, ""
	}
	for range status.Field("addresses").Items() {
		return true, ""
	}
	return false, "has no address yet"
}

// isProgrammed is ready when the entry point serves a Gateway.
func isProgrammed(o observed.Value) (bool, string) {
	if ok, why := hasAddress(o); !ok {
		return false, why
	}
	if c := observed.ConditionOf(inside(o), "Programmed"); c.Status != "True" {
		return false, "is not served yet" + because(c)
	}
	return true, ""
}

// isTaken is ready when the entry point has taken a route in and found what it
// leads to.
func isTaken(o observed.Value) (bool, string) {
	if ok, why := readiness.Managed(o); !ok {
		return false, why
	}
	parents := 0
	for parent := range observed.At(inside(o), "status", "parents").Items() {
		parents++
		for _, want := range []string{"Accepted", "ResolvedRefs"} {
			if c := conditionIn(parent, want); c.Status != "True" {
				return false, "is not served yet" + because(c)
			}
		}
	}
	if parents == 0 {
		return false, "is not served yet"
	}
	return true, ""
}

// conditionIn returns a condition from the list in something that has it itself.
func conditionIn(v observed.Value, conditionType string) observed.Condition {
	for c := range v.Field("conditions").Items() {
		if c.Field("type").Text() == conditionType {
			return observed.Condition{Status: c.Field("status").Text(), Message: c.Field("message").Text()}
		}
	}
	return observed.Condition{}
}

func because(c observed.Condition) string {
	if c.Message == "" {
		return ""
	}
	return ": " + readiness.Clean(c.Message)
}

// isIssued is ready when the certificate is, and otherwise says what
// cert-manager says: what is wrong with the certificate, and why the last order of
// a new one failed, for a certificate that has expired doesn't say why it wasn't
// renewed.
func isIssued(o observed.Value) (bool, string) {
	ok, why := readiness.Managed(o)
	if ok {
		return true, ""
	}
	issued := observed.ConditionOf(inside(o), "Ready")
	said := make([]string, 0, 2)
	if issued.Status != "True" && issued.Message != "" {
		said = append(said, readiness.Clean(issued.Message))
	}
	if c := observed.ConditionOf(inside(o), "Issuing"); c.Status == string(metav1.ConditionFalse) && c.Message != "" {
		said = append(said, readiness.Clean(c.Message))
	}
	if issued.Status == "True" || len(said) == 0 {
		return false, why
	}
	return false, "is not issued: " + strings.Join(said, "; ")
}

// isThere is ready when the team's Service is in the cluster, with the port that
// is published.
func isThere(p *plan.Exposure) readiness.Check {
	return func(o observed.Value) (bool, string) {
		if !o.Exists() {
			return readiness.Managed(o)
		}
		if p.Backend.Awaits != "" {
			return false, "waits for " + p.Backend.Awaits
		}
		return true, ""
	}
}

// isLookedAt is ready as soon as it is looked: what is seen is for status alone.
func isLookedAt(o observed.Value) (bool, string) { return readiness.Exists(o) }

// isMade is ready when the record is in the zone, and points at the addresses.
func isMade(addresses []string) readiness.Check {
	return func(o observed.Value) (bool, string) {
		if ok, why := readiness.ManagedWithID(o); !ok {
			return false, why
		}
		if !plan.PointsAt(o, addresses) {
			return false, "doesn't point at " + strings.Join(addresses, ", ") + " yet"
		}
		return true, ""
	}
}
