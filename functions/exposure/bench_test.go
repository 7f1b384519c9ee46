package main

import (
	"context"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"

	"github.com/skerry-dev/skerry/test/pretend"
)

// BenchmarkRunFunction measures a call without gRPC, for settled Exposures of each
// protocol.
func BenchmarkRunFunction(b *testing.B) {
	for _, name := range []string{"", "gateway", "passthrough", "tcp-standard", "udp"} {
		title := name
		if title == "" {
			title = "ingress"
		}
		b.Run(title, func(b *testing.B) {
			w := scene(b, claims, name)
			settle(b, w)
			fn := NewFunction(logging.NewNopLogger())
			req, rsp, err := w.Call(context.Background(), fn)
			if err != nil || pretend.Fatal(rsp) != "" {
				b.Fatalf("cannot make a request: %v %s", err, pretend.Fatal(rsp))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := fn.RunFunction(context.Background(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
