package supervisor

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/pki"
	"github.com/skerry-dev/skerry/test/devcluster/process"
	"github.com/skerry-dev/skerry/test/devcluster/workload"
)

// firstWorkloadPort is that of the first cluster's API server.
const firstWorkloadPort = 20000

// workloads are the clusters that the simulated cloud's machines make up. They
// share one etcd, in which each has its own prefix.
type workloads struct {
	s *Supervisor

	mu sync.Mutex
	// all by name. What a cluster is stands in its folder, too.
	all map[string]*workloadCluster
	// etcd is up.
	etcd bool
}

type workloadCluster struct {
	// mu is held while the cluster starts or stops.
	mu   sync.Mutex
	Port int `json:"port"`
	// Keys are missing until the first start.
	Keys    *workload.Keys `json:"keys,omitempty"`
	running bool
}

func newWorkloads(s *Supervisor) *workloads {
	return &workloads{s: s, all: map[string]*workloadCluster{}}
}

func (w *workloads) dir(name string) string { return w.s.config.file("workloads", name) }

// resume starts the clusters that ran when the supervisor was stopped.
func (w *workloads) resume(ctx context.Context) error {
	names, err := os.ReadDir(w.s.config.file("workloads"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var starts []func() error
	for _, d := range names {
		data, err := os.ReadFile(filepath.Join(w.dir(d.Name()), "cluster.json"))
		if err != nil {
			continue // it never came as far as that
		}
		c := &workloadCluster{}
		if err := json.Unmarshal(data, c); err != nil {
			return fmt.Errorf("cannot read workload cluster %q: %w", d.Name(), err)
		}
		w.all[d.Name()] = c
		if c.Keys != nil {
			starts = append(starts, func() error { return w.Start(ctx, d.Name(), *c.Keys) })
		}
	}
	return all(starts...)
}

func (w *workloads) keep(name string, c *workloadCluster) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir(name), "cluster.json"), data, 0o600)
}

// Endpoint gives a cluster the first free range of ports.
func (w *workloads) Endpoint(_ context.Context, name string) (host string, port int32, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.all[name]
	if c == nil {
		c = &workloadCluster{Port: w.free()}
		if err := w.keep(name, c); err != nil {
			return "", 0, err
		}
		w.all[name] = c
	}
	return "127.0.0.1", int32(c.Port), nil
}

func (w *workloads) free() int {
	var taken []int
	for _, c := range w.all {
		taken = append(taken, c.Port)
	}
	sort.Ints(taken)
	port := firstWorkloadPort
	for _, t := range taken {
		if t == port {
			port += controlplane.Ports
		}
	}
	return port
}

// Start starts a cluster.
func (w *workloads) Start(ctx context.Context, name string, keys workload.Keys) error {
	if _, _, err := w.Endpoint(ctx, name); err != nil {
		return err
	}
	if err := w.startEtcd(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	c := w.all[name]
	w.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		return nil
	}
	c.Keys = &keys
	if err := w.keep(name, c); err != nil {
		return err
	}
	server := w.server(name, c)
	if err := server.Prepare(); err != nil {
		return err
	}
	if err := w.launch(ctx, server); err != nil {
		w.end(server)
		return err
	}
	c.running = true
	return nil
}

func (w *workloads) server(name string, c *workloadCluster) controlplane.Server {
	return controlplane.Server{
		Name: name, Dir: w.dir(name), Port: c.Port, EtcdPort: workloadEtcdPort, EtcdPrefix: prefix(name),
		CA:                   pki.Pair{Certificate: c.Keys.CA, Key: c.Keys.CAKey},
		ServiceAccountPublic: c.Keys.ServiceAccountPublic, ServiceAccountKey: c.Keys.ServiceAccountKey,
		// What a node's kubelet and a cloud would do, and cleaning up after them.
		Controllers: "*,-bootstrap-signer-controller,-token-cleaner-controller,-node-lifecycle-controller,-persistentvolume-attach-detach-controller",
	}
}

// prefix of a cluster's keys in etcd. It ends so that it is no prefix of another.
func prefix(name string) string { return "/" + name + "." }

func (w *workloads) launch(ctx context.Context, server controlplane.Server) error {
	g, bin := w.s.group, w.s.config.Bin
	if err := g.Start(ctx, server.APIServer(bin)); err != nil {
		return err
	}
	return all(
		func() error { return g.Start(ctx, server.ControllerManager(bin)) },
		func() error { return g.Start(ctx, server.Scheduler(bin)) },
		func() error { return g.Start(ctx, server.Kwok(bin, w.stages())) },
		func() error { return g.Start(ctx, server.Residents(bin, w.s.config.CloudSocket())) },
	)
}

// stages let nodes be ready and pods run at once. Pods of Jobs end when residents
// have done what is in them.
func (w *workloads) stages() []string {
	dir := filepath.Join(w.s.config.Modules.Kwok, "kustomize", "stage")
	return []string{
		filepath.Join(dir, "node", "fast", "node-initialize.yaml"),
		filepath.Join(dir, "pod", "fast", "pod-ready.yaml"),
		filepath.Join(dir, "pod", "fast", "pod-delete.yaml"),
	}
}

// startEtcd starts the etcd of all clusters, once.
func (w *workloads) startEtcd(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.etcd {
		return nil
	}
	err := w.s.group.Start(ctx, controlplane.Etcd(w.s.config.Bin, "etcd-workloads", w.s.config.Dir, workloadEtcdPort))
	w.etcd = err == nil
	return err
}

// programs of a cluster, in the order in which they stop.
func (w *workloads) programs(s controlplane.Server) []process.Spec {
	bin := w.s.config.Bin
	return []process.Spec{s.Residents(bin, ""), s.Kwok(bin, nil), s.Scheduler(bin), s.ControllerManager(bin), s.APIServer(bin)}
}

func (w *workloads) end(s controlplane.Server) {
	for _, p := range w.programs(s) {
		w.s.group.Stop(p.Name)
		w.s.group.Forget(p.Name)
	}
}

// Stop ends a cluster and removes its data.
func (w *workloads) Stop(ctx context.Context, name string) error {
	w.mu.Lock()
	c := w.all[name]
	w.mu.Unlock()
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Keys != nil {
		w.end(w.server(name, c))
		if err := w.forget(ctx, name); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(w.dir(name)); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, name)
	return nil
}

// forget removes a cluster's keys from etcd, through the gateway that etcd serves
// its own API with as JSON.
func (w *workloads) forget(ctx context.Context, name string) error {
	key := []byte(prefix(name))
	end := bytes.Clone(key)
	end[len(end)-1]++
	body, err := json.Marshal(map[string]string{
		"key": base64.StdEncoding.EncodeToString(key), "range_end": base64.StdEncoding.EncodeToString(end),
	})
	if err != nil {
		return err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/v3/kv/deleterange", workloadEtcdPort)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd answers %s", res.Status)
	}
	return nil
}
