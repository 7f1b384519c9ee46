package devcluster

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Stored tells how often each object of the management cluster has been written,
// by its key in etcd. A request that changes nothing isn't a write: the API server
// doesn't store it.
//
// What beats by itself is left out: leases, and events, which are logs.
func (c *Cluster) Stored(ctx context.Context) (map[string]int64, error) {
	return c.stored(ctx, "etcd", "/registry/")
}

// StoredInClusters tells the same of all ordered clusters. Their keys begin with the
// namespace and the name of the Cluster.
func (c *Cluster) StoredInClusters(ctx context.Context) (map[string]int64, error) {
	return c.stored(ctx, "etcd-workloads", "/")
}

// stored tells it of the keys in an etcd that begin with a prefix, which ends in a slash.
func (c *Cluster) stored(ctx context.Context, etcd, prefix string) (map[string]int64, error) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	// 0 is what comes after the slash.
	end := strings.TrimSuffix(prefix, "/") + "0"
	body, err := json.Marshal(map[string]any{"key": encode(prefix), "range_end": encode(end), "keys_only": true})
	if err != nil {
		return nil, err
	}
	data, err := c.send(ctx, http.MethodPost, etcd+"/v3/kv/range", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return counted(data, prefix)
}

// counted reads how often each key was written out of etcd's answer.
func counted(data []byte, prefix string) (map[string]int64, error) {
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
		key := strings.TrimPrefix(string(kv.Key), prefix)
		if beats(key) {
			continue
		}
		n, err := strconv.ParseInt(kv.Version, 10, 64)
		if err != nil {
			return nil, err
		}
		out[key] = n
	}
	return out, nil
}

// beats says whether a key is of something that is written all the time. What is before
// the dot and the slash is an ordered cluster.
func beats(key string) bool {
	if _, inside, ordered := strings.Cut(key, "./"); ordered {
		key = inside
	}
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

// Gone returns the objects that are in the first of two answers of Stored only, sorted.
func Gone(before, after map[string]int64) []string {
	var out []string
	for key := range before {
		if _, is := after[key]; !is {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}
