// Package simcloud talks to a running simulated cloud, over a unix socket: what
// is in it, what was asked of it, and what shall fail.
//
// The package knows nothing of Kubernetes.
package simcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// A Client asks a simulated cloud. Its errors are *cloud.Error where the cloud
// refused something.
type Client struct{ http *http.Client }

// Dial returns a client for the cloud that is served at a unix socket. It
// connects with each request, so the server may come later, and restart.
func Dial(socket string) *Client {
	return &Client{&http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}}
}

// Report returns the counters.
func (c *Client) Report(ctx context.Context) (cloud.Report, error) {
	return ask[cloud.Report](ctx, c, http.MethodGet, "/report", nil)
}

// Resources returns what exists and a filter selects.
func (c *Client) Resources(ctx context.Context, f cloud.Filter) ([]cloud.Resource, error) {
	q := url.Values{"kind": {string(f.Kind)}, "name": {f.Name}, "project": {f.Project}, "owner": {f.Owner}, "uid": {f.OwnerUID}}
	return ask[[]cloud.Resource](ctx, c, http.MethodGet, "/resources?"+q.Encode(), nil)
}

// Create makes a resource behind everybody's back.
func (c *Client) Create(ctx context.Context, s cloud.Spec) (cloud.Resource, error) {
	return ask[cloud.Resource](ctx, c, http.MethodPost, "/resources", s)
}

// Put writes an object into a bucket, as somebody with the bucket's keys does. One
// of the same name is replaced.
func (c *Client) Put(ctx context.Context, bucket, name, content string) error {
	objects, err := c.Objects(ctx, bucket)
	if err != nil {
		return err
	}
	attributes := map[string]any{"containerName": bucket, "name": name, "content": content}
	for _, o := range objects {
		if o.Name == name {
			_, err := c.Update(ctx, cloud.Object, o.ID, attributes)
			return err
		}
	}
	_, err = c.Create(ctx, cloud.Spec{Kind: cloud.Object, Attributes: attributes})
	return err
}

// Objects returns what is in a bucket, oldest first. The attribute "content" has
// what was put there.
func (c *Client) Objects(ctx context.Context, bucket string) ([]cloud.Resource, error) {
	all, err := c.Resources(ctx, cloud.Filter{Kind: cloud.Object})
	return slices.DeleteFunc(all, func(o cloud.Resource) bool {
		return o.Text("containerName") != bucket || o.State == cloud.Deleting
	}), err
}

// Update changes a resource behind its owner's back. Attributes that are nil are
// removed.
func (c *Client) Update(ctx context.Context, k cloud.Kind, id string, attributes map[string]any) (cloud.Resource, error) {
	return ask[cloud.Resource](ctx, c, http.MethodPatch, resourcePath(k, id), attributes)
}

// Delete deletes a resource behind its owner's back.
func (c *Client) Delete(ctx context.Context, k cloud.Kind, id string) error {
	_, err := ask[nothing](ctx, c, http.MethodDelete, resourcePath(k, id), nil)
	return err
}

func resourcePath(k cloud.Kind, id string) string {
	return "/resources/" + url.PathEscape(string(k)) + "/" + url.PathEscape(id)
}

// Events returns the events with a higher number. 0 is before the first.
func (c *Client) Events(ctx context.Context, since int) ([]cloud.Event, error) {
	return ask[[]cloud.Event](ctx, c, http.MethodGet, "/events?since="+strconv.Itoa(since), nil)
}

// Fail sets a fault and returns its ID.
func (c *Client) Fail(ctx context.Context, f cloud.Fault) (id string, err error) {
	f, err = ask[cloud.Fault](ctx, c, http.MethodPost, "/faults", f)
	return f.ID, err
}

// Heal clears the fault with the ID.
func (c *Client) Heal(ctx context.Context, id string) error {
	if id == "" {
		return errors.New("cannot heal a fault without an ID")
	}
	_, err := ask[nothing](ctx, c, http.MethodDelete, "/faults?id="+url.QueryEscape(id), nil)
	return err
}

// HealAll clears all faults.
func (c *Client) HealAll(ctx context.Context) error {
	_, err := ask[nothing](ctx, c, http.MethodDelete, "/faults", nil)
	return err
}

// Faults returns the faults that are set.
func (c *Client) Faults(ctx context.Context) ([]cloud.Fault, error) {
	return ask[[]cloud.Fault](ctx, c, http.MethodGet, "/faults", nil)
}

// Profile changes how fast the cloud is.
func (c *Client) Profile(ctx context.Context, p cloud.Profile) error {
	_, err := ask[cloud.Profile](ctx, c, http.MethodPut, "/profile", p)
	return err
}

// ask sends a request and decodes the answer.
func ask[T any](ctx context.Context, c *Client, method, path string, body any) (out T, err error) {
	var data bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&data).Encode(body); err != nil {
			return out, fmt.Errorf("cannot encode a request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://cloud"+path, &data)
	if err != nil {
		return out, err
	}
	rsp, err := c.http.Do(req)
	if err != nil {
		return out, fmt.Errorf("cannot ask the simulated cloud: %w", err)
	}
	defer func() { _ = rsp.Body.Close() }()
	d := json.NewDecoder(rsp.Body)
	if rsp.StatusCode != http.StatusOK {
		refusal := &cloud.Error{}
		if err := d.Decode(refusal); err != nil || refusal.Message == "" {
			return out, fmt.Errorf("the simulated cloud answered %s", rsp.Status)
		}
		return out, refusal
	}
	if err := d.Decode(&out); err != nil {
		return out, fmt.Errorf("cannot decode the simulated cloud's answer: %w", err)
	}
	return out, nil
}
