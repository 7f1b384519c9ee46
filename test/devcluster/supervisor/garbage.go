package supervisor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// An impostor answers in a function's place. Starting the function ends it.
type impostor struct {
	server *grpc.Server
	// calls that have come to it.
	calls atomic.Int64
	// end ends what it has started for itself, if anything.
	end func()
}

// place is what an impostor needs to stand in a function's place.
type place struct {
	// address at which Crossplane calls the function.
	address string
	// pair is the function's certificate.
	pair tls.Certificate
}

func (s *Supervisor) certificates() string { return s.config.file("crossplane", "tls-packages") }

// placeOf stops a function.
func (s *Supervisor) placeOf(name string) (place, error) {
	spec, ok := s.group.Spec(name)
	if !ok {
		return place{}, fmt.Errorf("there is no program %q", name)
	}
	p := place{}
	for _, a := range spec.Args {
		if rest, ok := strings.CutPrefix(a, addressFlag); ok {
			p.address = rest
		}
	}
	if p.address == "" {
		return place{}, fmt.Errorf("%s is no function", name)
	}
	var err error
	if p.pair, err = tls.LoadX509KeyPair(filepath.Join(s.certificates(), "tls.crt"), filepath.Join(s.certificates(), "tls.key")); err != nil {
		return place{}, err
	}
	s.unmask(name)
	s.group.Stop(name)
	return p, nil
}

// addressFlag says where a function listens.
const addressFlag = "--address="

// babble puts an impostor in a function's place that gives always the same answer:
// random bytes, or an empty message, which is a valid answer and desires nothing at all.
func (s *Supervisor) babble(ctx context.Context, name string, answer any) error {
	p, err := s.placeOf(name)
	if err != nil {
		return err
	}
	i := &impostor{end: func() {}}
	i.server = grpc.NewServer(
		grpc.Creds(credentials.NewServerTLSFromCert(&p.pair)),
		grpc.ForceServerCodec(noise{}),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			i.calls.Add(1)
			var request []byte
			if err := stream.RecvMsg(&request); err != nil {
				return err
			}
			return stream.SendMsg(answer)
		}),
	)
	return s.mask(ctx, name, p.address, i)
}

// mask lets an impostor answer.
func (s *Supervisor) mask(ctx context.Context, name, address string, i *impostor) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		i.end()
		return err
	}
	go func() { _ = i.server.Serve(l) }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.impostors[name] = i
	return nil
}

// unmask ends the impostor, if there is one.
func (s *Supervisor) unmask(name string) {
	s.mu.Lock()
	i := s.impostors[name]
	delete(s.impostors, name)
	s.mu.Unlock()
	if i != nil {
		i.server.Stop()
		i.end()
	}
}

// nonsense is an answer of random bytes; nothing, one of no bytes.
var (
	nonsense any = struct{}{}
	nothing  any
)

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
