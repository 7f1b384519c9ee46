// Package serve runs a function as Crossplane expects it: gRPC with mutual TLS,
// the certificates in a folder that Crossplane mounts.
package serve

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	function "github.com/crossplane/function-sdk-go"
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// maxMessage is the largest request in bytes: a cluster with 50 pools and
// everything observed needs less than 4 MiB.
const maxMessage = 16 << 20

// memoryLimit makes the garbage collector work harder before the process grows
// beyond 64 MiB. GOMEMLIMIT overrides it.
const memoryLimit = 48 << 20

// Main serves what the constructor makes until it fails, and exits.
func Main(newFunction func(logging.Logger) fnv1.FunctionRunnerServiceServer) {
	if err := run(newFunction); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(newFunction func(logging.Logger) fnv1.FunctionRunnerServiceServer) error {
	address := flag.String("address", ":9443", "address to listen on")
	certs := flag.String("tls-certs-dir", os.Getenv("TLS_SERVER_CERTS_DIR"), "folder with tls.crt, tls.key and ca.crt")
	insecure := flag.Bool("insecure", false, "serve without TLS, for rendering on one's own machine")
	metrics := flag.String("metrics-address", "", "address of Prometheus metrics; empty serves none")
	verbose := flag.Bool("debug", false, "log every call")
	flag.Parse()

	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	log, err := function.NewLogger(*verbose)
	if err != nil {
		return fmt.Errorf("cannot make a logger: %w", err)
	}
	if err := function.Serve(newFunction(log),
		function.Listen("tcp", *address),
		function.MTLSCertificates(*certs),
		function.Insecure(*insecure),
		function.MaxRecvMessageSize(maxMessage),
		function.WithMetricsServer(*metrics),
	); err != nil {
		return fmt.Errorf("cannot serve: %w", err)
	}
	return nil
}
