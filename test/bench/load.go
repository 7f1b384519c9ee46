package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/pretend"
	"github.com/skerry-dev/skerry/test/render"
	"github.com/skerry-dev/skerry/test/tools"
)

// A load is a call for a complete cluster: everything observed is present.
type load struct {
	pools                       int
	request                     *fnv1.RunFunctionRequest
	requestBytes, responseBytes int
}

// makeLoads makes a load for each size, and a file with its answer for the echo.
func makeLoads(ctx context.Context, fn *server, dir string) ([]load, []string, error) {
	var loads []load
	var files []string
	for _, n := range pools {
		req, rsp, err := complete(ctx, fn, n)
		if err != nil {
			return nil, nil, err
		}
		req.Meta.Tag = "premium-" + strconv.Itoa(n)
		rsp.Meta.Tag = req.GetMeta().GetTag()
		raw, err := proto.Marshal(rsp)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot encode an answer: %w", err)
		}
		file := filepath.Join(dir, rsp.GetMeta().GetTag())
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			return nil, nil, fmt.Errorf("cannot write an answer: %w", err)
		}
		files = append(files, file)
		loads = append(loads, load{pools: n, request: req, requestBytes: proto.Size(req), responseBytes: len(raw)})
	}
	return loads, files, nil
}

// complete returns the request for a complete Premium cluster, and its answer.
func complete(ctx context.Context, fn *server, n int) (*fnv1.RunFunctionRequest, *fnv1.RunFunctionResponse, error) {
	root, err := tools.Root()
	if err != nil {
		return nil, nil, err
	}
	platform, err := render.ReadFile(filepath.Join(root, "examples", "platform.yaml"))
	if err != nil {
		return nil, nil, err
	}
	schemas, err := crd.Load()
	if err != nil {
		return nil, nil, err
	}
	if err := schemas.AddXRDs(filepath.Join(root, "apis")); err != nil {
		return nil, nil, err
	}
	xr, err := schemas.Default(render.FromClaim(premium(n), "XKubernetesCluster"))
	if err != nil {
		return nil, nil, err
	}
	w := pretend.NewWorld(xr, platform[0])
	rsp, _, err := w.Settle(ctx, fn)
	if err != nil {
		return nil, nil, err
	}
	if f := pretend.Fatal(rsp); f != "" {
		return nil, nil, fmt.Errorf("cannot make a load: the claim is refused: %s", f)
	}
	return w.Call(ctx, fn)
}

func premium(n int) map[string]any {
	var pools []any
	for i := range n {
		pools = append(pools, map[string]any{
			"name": fmt.Sprintf("pool-%02d", i), "flavor": "SCS-4V-16-100s", "replicas": int64(3),
			"labels": map[string]any{"example.org/pool": strconv.Itoa(i)},
		})
	}
	return map[string]any{
		"apiVersion": "skerry.dev/v1alpha1", "kind": "KubernetesCluster",
		"metadata": map[string]any{"name": "bench", "namespace": "team-a"},
		"spec": map[string]any{
			"cloud": "north", "serviceLevel": "Premium", "version": "1.36", "nodePools": pools,
			"access": map[string]any{"adminGroups": []any{"admins"}},
		},
	}
}
