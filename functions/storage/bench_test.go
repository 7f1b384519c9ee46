package main

import (
	"context"
	"testing"

	"github.com/skerry-dev/skerry/test/pretend"
)

// BenchmarkRunFunction measures a call without gRPC, for a complete Storage of each
// mode.
func BenchmarkRunFunction(b *testing.B) {
	for _, mode := range []string{"volume", "snapshots", "share", "bucket", "migrate-claim"} {
		b.Run(mode, func(b *testing.B) {
			w := world(b, claims, mode, "Premium")
			settle(b, w)
			req, rsp, err := w.Call(context.Background(), sharedFunction)
			if err != nil || pretend.Fatal(rsp) != "" {
				b.Fatalf("cannot make a request: %v %s", err, pretend.Fatal(rsp))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sharedFunction.RunFunction(context.Background(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
