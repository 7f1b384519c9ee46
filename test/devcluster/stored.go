package devcluster

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Stored tells how often each object of the management cluster has been written,
// by its key in etcd. A request that changes nothing isn't a write: the API server
// doesn't store it.
//
// What beats by itself is left out: leases, and events, which are logs.
func (c *Cluster) Stored(ctx context.Context) (map[string]int64, error) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	// All keys that begin with /registry/: 0 is what comes after the slash.
	body, err := json.Marshal(map[string]any{"key": encode("/registry/"), "range_end": encode("/registry0"), "keys_only": true})
	if err != nil {
		return nil, err
	}
	data, err := c.send(ctx, http.MethodPost, "etcd/v3/kv/range", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// etcd writes 64-bit numbers as strings, as protobuf says.
	answer := struct {
		KVs []struct {
			Key     []byte `json:"key"`
			Version string `json:"version"`
		} `json:"kvs"`
	}{}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("cannot read etcd's answer: %w", err)
	}
	out := map[string]int64{}
	for _, kv := range answer.KVs {
		key := strings.TrimPrefix(string(kv.Key), "/registry/")
		if beats(key) {
			continue
		}
		if out[key], err = strconv.ParseInt(kv.Version, 10, 64); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func beats(key string) bool {
	for _, prefix := range []string{"leases/", "events/", "masterleases/", "peerserverleases/"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// Written returns how often each object was written between two answers of
// Stored, the ones that are gone left out.
func Written(before, after map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for key, n := range after {
		if d := n - before[key]; d != 0 {
			out[key] = d
		}
	}
	return out
}
