package supervisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
)

// blind is an impostor that passes calls on to the real function, without some of the
// composed resources that were observed, and returns its answers.
type blind struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	real fnv1.FunctionRunnerServiceClient
	// seen says whether the function gets to see a resource.
	seen func() bool
	of   *impostor
}

// What a blind function gets to see: nothing, or about half of what there is, another half
// with each call.
func seesNothing() bool { return false }
func seesHalf() bool    { return rand.IntN(2) == 0 }

// RunFunction counts the calls that lack something.
func (b *blind) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	if b.drop(req) {
		b.of.calls.Add(1)
	}
	return b.real.RunFunction(ctx, req)
}

// drop takes resources out of a request, and says whether it did.
func (b *blind) drop(req *fnv1.RunFunctionRequest) bool {
	dropped := false
	for key := range req.GetObserved().GetResources() {
		if !b.seen() {
			delete(req.GetObserved().GetResources(), key)
			dropped = true
		}
	}
	return dropped
}

// blindfold puts a blind impostor in a function's place. The function runs on, behind it.
func (s *Supervisor) blindfold(ctx context.Context, name string, seen func() bool) error {
	p, err := s.placeOf(name)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(filepath.Join(s.certificates(), "ca.crt"))
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(ca)
	address, err := s.startBehind(ctx, name)
	if err != nil {
		return err
	}
	there, err := grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
		RootCAs: roots, Certificates: []tls.Certificate{p.pair}, MinVersion: tls.VersionTLS13,
	})))
	if err != nil {
		return err
	}
	i := &impostor{
		server: grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&p.pair)), grpc.MaxRecvMsgSize(largest)),
		end: func() {
			_ = there.Close()
			s.group.Stop(behind(name))
			s.group.Forget(behind(name))
		},
	}
	fnv1.RegisterFunctionRunnerServiceServer(i.server, &blind{real: fnv1.NewFunctionRunnerServiceClient(there), seen: seen, of: i})
	return s.mask(ctx, name, p.address, i)
}

// largest request in bytes that a function takes: as functions/internal/serve has it.
const largest = 16 << 20

// behind is the program that is a function behind an impostor.
func behind(name string) string { return name + "-behind" }

// startBehind starts a function at another address, and returns it.
func (s *Supervisor) startBehind(ctx context.Context, name string) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	if err := l.Close(); err != nil {
		return "", err
	}
	address := l.Addr().String()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	spec, _ := s.group.Spec(name)
	spec.Name = behind(name)
	spec.Args = slices.Clone(spec.Args)
	for i, a := range spec.Args {
		if strings.HasPrefix(a, addressFlag) {
			spec.Args[i] = addressFlag + address
		}
	}
	spec.Ready = controlplane.Listens(port)
	return address, s.group.Start(ctx, spec)
}
