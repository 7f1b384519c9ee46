package main

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/test/pretend"
)

// storage is a Storage in a cluster of a team's, with what becomes of its data.
func storage(namespace, name, cluster string, keep object) object {
	return object{
		"apiVersion": "skerry.dev/v1alpha1", "kind": "Storage",
		"metadata": object{"namespace": namespace, "name": name},
		"spec":     object{"clusterRef": object{"name": cluster}},
		"status":   object{"keep": keep},
	}
}

// keptStorages are the Storages that a status names as kept.
func keptStorages(status object) []any {
	var out []any
	kept, _ := status["kept"].([]any)
	for _, k := range kept {
		if k.(object)["kind"] == "Storage" {
			out = append(out, k)
		}
	}
	return out
}

// The Storages that the team has at the moment are asked for, and what is retained of
// them stands in the status of their cluster.
func TestRetainedStoragesAreKept(t *testing.T) {
	w := ordered(t)
	if got := keptStorages(at(w.Composite, "status")); got != nil {
		t.Fatalf("without Storages none are kept: %v", got)
	}
	retain := object{"policy": "Retain", "term": "90d"}
	w.Required["Storage"] = []map[string]any{
		storage("team-a", "orders", "shop", retain),
		storage("team-a", "cache", "shop", object{"policy": "Delete"}),
		storage("team-a", "elsewhere", "bank", retain),
		storage("team-b", "anothers", "shop", retain),
	}
	rsp := edit(t, w, func(object) {})
	orders := []any{object{"kind": "Storage", "name": "orders", "for": "90d"}}
	if diff := cmp.Diff(orders, keptStorages(at(w.Composite, "status"))); diff != "" {
		t.Errorf("what is retained in this cluster, and no other's: -want +got:\n%s", diff)
	}

	// A call in which Crossplane hasn't looked yet forgets none.
	req, err := w.Request(rsp.GetRequirements().GetResources())
	if err != nil {
		t.Fatal(err)
	}
	delete(req.GetRequiredResources(), "storages")
	unread, err := newFunction().RunFunction(context.Background(), req)
	if err != nil || pretend.Fatal(unread) != "" {
		t.Fatalf("%v %s", err, pretend.Fatal(unread))
	}
	status := at(unread.GetDesired().GetComposite().GetResource().AsMap(), "status")
	if diff := cmp.Diff(orders, keptStorages(status)); diff != "" {
		t.Errorf("Storages that weren't read: -want +got:\n%s", diff)
	}

	delete(w.Required, "Storage")
	edit(t, w, func(object) {})
	if got := keptStorages(at(w.Composite, "status")); got != nil {
		t.Errorf("a Storage that is gone is kept no more: %v", got)
	}
}
