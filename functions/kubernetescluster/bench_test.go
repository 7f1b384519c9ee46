package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/skerry-dev/skerry/test/pretend"
)

// BenchmarkRunFunction measures a call without gRPC, for complete Premium
// clusters. `make bench` measures the same with it.
func BenchmarkRunFunction(b *testing.B) {
	for _, n := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("%d-pools", n), func(b *testing.B) {
			claim := exampleNamed(b, "bank")
			spec := at(claim, "spec")
			var pools []any
			for i := range n {
				pools = append(pools, object{"name": fmt.Sprintf("pool-%02d", i), "flavor": "SCS-4V-16-100s", "replicas": int64(3)})
			}
			spec["nodePools"] = pools
			w := settled(b, claim)
			fn := newFunction()
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
