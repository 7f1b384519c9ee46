// Command echo is a composition function that does nothing: it decodes the
// request and answers with a message that it was given. It is what a call costs
// before a function has thought at all.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// maxMessage is the same as the functions'.
const maxMessage = 16 << 20

type echo struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	// answers by the request's tag.
	answers map[string]*fnv1.RunFunctionResponse
}

func (e *echo) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return e.answers[req.GetMeta().GetTag()], nil
}

func main() {
	address := flag.String("address", "127.0.0.1:0", "address to listen on")
	flag.Parse()
	if err := run(*address, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves the answers in the files.
func run(address string, files []string) error {
	e := &echo{answers: map[string]*fnv1.RunFunctionResponse{}}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return fmt.Errorf("cannot read an answer: %w", err)
		}
		rsp := &fnv1.RunFunctionResponse{}
		if err := proto.Unmarshal(raw, rsp); err != nil {
			return fmt.Errorf("cannot decode the answer in %q: %w", f, err)
		}
		e.answers[rsp.GetMeta().GetTag()] = rsp
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	srv := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage))
	fnv1.RegisterFunctionRunnerServiceServer(srv, e)
	return srv.Serve(l)
}
