package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const maxMessage = 16 << 20

// A server is a function in a process of its own.
type server struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	cmd    *exec.Cmd
	conn   *grpc.ClientConn
	client fnv1.FunctionRunnerServiceClient
}

// start runs the binary on a free port of loopback and waits until it answers.
func start(ctx context.Context, binary string, args ...string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot find a free port: %w", err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, fmt.Errorf("cannot free the port: %w", err)
	}
	cmd := exec.CommandContext(ctx, binary, append([]string{"--address", address}, args...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", binary, err)
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.WaitForReady(true)))
	if err != nil {
		return nil, fmt.Errorf("cannot connect to %q: %w", binary, err)
	}
	return &server{cmd: cmd, conn: conn, client: fnv1.NewFunctionRunnerServiceClient(conn)}, nil
}

func (s *server) stop() {
	_ = s.conn.Close()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// RunFunction calls the process, so that a pretended world can run it.
func (s *server) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.client.RunFunction(ctx, req)
}

// memory returns the resident memory now and at its highest.
func (s *server) memory() string {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		return "unknown on this system"
	}
	field := func(name string) int {
		for line := range strings.Lines(string(raw)) {
			if rest, ok := strings.CutPrefix(line, name+":"); ok {
				kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
				return kib >> 10
			}
		}
		return 0
	}
	return fmt.Sprintf("%d MiB (highest %d MiB)", field("VmRSS"), field("VmHWM"))
}
