package supervisor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// impostor stops a function and gives its answers in its place, with its
// certificate: random bytes, or an empty message, which is a valid answer and
// desires nothing at all. Starting the function ends it.
func (s *Supervisor) impostor(ctx context.Context, name string, answer any) error {
	spec, ok := s.group.Spec(name)
	if !ok {
		return fmt.Errorf("there is no program %q", name)
	}
	address := ""
	for _, a := range spec.Args {
		if rest, ok := strings.CutPrefix(a, "--address="); ok {
			address = rest
		}
	}
	if address == "" {
		return fmt.Errorf("%s is no function", name)
	}
	certs := s.config.file("crossplane", "tls-packages")
	pair, err := tls.LoadX509KeyPair(filepath.Join(certs, "tls.crt"), filepath.Join(certs, "tls.key"))
	if err != nil {
		return err
	}
	s.group.Stop(name)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := grpc.NewServer(
		grpc.Creds(credentials.NewServerTLSFromCert(&pair)),
		grpc.ForceServerCodec(noise{}),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			var request []byte
			if err := stream.RecvMsg(&request); err != nil {
				return err
			}
			return stream.SendMsg(answer)
		}),
	)
	go func() { _ = server.Serve(l) }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.impostors[name] = server
	return nil
}

// nonsense is an answer of random bytes; nothing, one of no bytes.
var (
	nonsense any = struct{}{}
	nothing  any
)

// unmask ends the impostor, if there is one.
func (s *Supervisor) unmask(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if server := s.impostors[name]; server != nil {
		server.Stop()
		delete(s.impostors, name)
	}
}

// noise is a codec that understands nothing and says random bytes. gRPC doesn't
// ask it about an answer that is nil.
type noise struct{}

// Marshal returns random bytes.
func (noise) Marshal(any) ([]byte, error) {
	const some = 512
	b := make([]byte, some)
	_, err := rand.Read(b)
	return b, err
}

// Unmarshal accepts everything.
func (noise) Unmarshal([]byte, any) error { return nil }

// Name is that of the codec which it stands in for.
func (noise) Name() string { return "proto" }
