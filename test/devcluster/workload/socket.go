package workload

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// Dial returns the clusters that somebody serves at the unix socket with Handler.
func Dial(socket string) Clusters {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	return remote{client: &http.Client{Transport: t}}
}

// An address is the answer to a request for an endpoint.
type address struct {
	Host string `json:"host"`
	Port int32  `json:"port"`
}

type remote struct {
	client *http.Client
}

// Endpoint asks for the address.
func (r remote) Endpoint(ctx context.Context, name string) (host string, port int32, err error) {
	a := address{}
	err = r.call(ctx, http.MethodPut, name+"/endpoint", nil, &a)
	return a.Host, a.Port, err
}

// Start asks for the start, and waits for it.
func (r remote) Start(ctx context.Context, name string, keys Keys) error {
	return r.call(ctx, http.MethodPut, name, keys, nil)
}

// Stop asks for the end.
func (r remote) Stop(ctx context.Context, name string) error {
	return r.call(ctx, http.MethodDelete, name, nil, nil)
}

func (r remote) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://workloads/workloads/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", strings.TrimSpace(string(data)))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// Register serves the clusters under /workloads/.
func Register(mux *http.ServeMux, c Clusters) {
	mux.HandleFunc("PUT /workloads/{name}/endpoint", func(w http.ResponseWriter, r *http.Request) {
		host, port, err := c.Endpoint(r.Context(), r.PathValue("name"))
		answer(w, err)
		if err == nil {
			_ = json.NewEncoder(w).Encode(address{Host: host, Port: port})
		}
	})
	mux.HandleFunc("PUT /workloads/{name}", func(w http.ResponseWriter, r *http.Request) {
		keys := Keys{}
		if err := json.NewDecoder(r.Body).Decode(&keys); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, c.Start(r.Context(), r.PathValue("name"), keys))
	})
	mux.HandleFunc("DELETE /workloads/{name}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, c.Stop(r.Context(), r.PathValue("name")))
	})
}

// answer says what went wrong, if anything has.
func answer(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
