// Package workload gives each cluster the API server behind its endpoint. It
// doesn't know who orders the clusters nor what nodes they have.
package workload

import "context"

// Clusters are the API servers behind clusters' endpoints. A name is
// "<namespace>.<cluster>".
type Clusters interface {
	// Endpoint reserves the address of the named cluster's API server, as that of
	// a load balancer: it is stable, and nobody answers there yet.
	Endpoint(ctx context.Context, name string) (host string, port int32, err error)
	// Start starts the named cluster's API server, controller manager, scheduler
	// and kwok, and returns once it is ready. It does nothing when it runs.
	Start(ctx context.Context, name string, keys Keys) error
	// Stop ends them and forgets their data and address. It does nothing when there
	// are none.
	Stop(ctx context.Context, name string) error
}

// Keys are a cluster's own, in PEM.
type Keys struct {
	CA                   []byte `json:"ca"`
	CAKey                []byte `json:"caKey"`
	ServiceAccountPublic []byte `json:"serviceAccountPublic"`
	ServiceAccountKey    []byte `json:"serviceAccountKey"`
}
