package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// A watcher says what has changed since it looked last.
type watcher struct {
	out   io.Writer
	start time.Time
	// said is the last word about each thing.
	said map[string]string
}

// look tells about the claim's phase and conditions, and how many of the composed
// resources of each room are ready.
func (w *watcher) look(claim *unstructured.Unstructured, composed []*unstructured.Unstructured) {
	phase, _, _ := unstructured.NestedString(claim.Object, "status", "phase")
	w.say("phase", phase)
	for _, c := range conditions(claim) {
		if c.name != "Synced" {
			w.say(c.name, c.text)
		}
	}
	for _, r := range rooms(composed) {
		w.say("  "+r.name, r.text)
	}
}

func (w *watcher) say(what, text string) {
	if text == "" || w.said[what] == text {
		return
	}
	w.said[what] = text
	_, _ = fmt.Fprintf(w.out, "%6.1fs  %-24s %s\n", time.Since(w.start).Seconds(), what, text)
}

// A line is a word about a thing.
type line struct{ name, text string }

// conditions of the claim, those that hold in one word and others with the reason.
func conditions(o *unstructured.Unstructured) []line {
	all, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	var out []line
	for _, e := range all {
		c, _ := e.(map[string]any)
		name, _ := c["type"].(string)
		reason, _ := c["reason"].(string)
		message, _ := c["message"].(string)
		text := "✓"
		if c["status"] != "True" {
			text = strings.TrimSpace("… " + reason + ": " + shorten(message))
		}
		out = append(out, line{name, text})
	}
	return out
}

func shorten(s string) string {
	const most = 90
	r := []rune(strings.ReplaceAll(s, "\n", " "))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most]) + "…"
}

// componentLabel is on everything that Skerry composes.
const componentLabel = "skerry.dev/component"

// rooms sums up the composed resources by the part of Skerry that made them.
func rooms(composed []*unstructured.Unstructured) []line {
	total, ready := map[string]int{}, map[string]int{}
	var names []string
	for _, o := range composed {
		room := o.GetLabels()[componentLabel]
		if room == "" || o.GetKind() == "Usage" || o.GetKind() == "ClusterUsage" {
			continue
		}
		if total[room] == 0 {
			names = append(names, room)
		}
		total[room]++
		if isReady(o) {
			ready[room]++
		}
	}
	slices.Sort(names)
	var out []line
	for _, n := range names {
		out = append(out, line{n, fmt.Sprintf("%d of %d ready", ready[n], total[n])})
	}
	return out
}

// isReady says that a resource is ready, as far as it says so itself.
func isReady(o *unstructured.Unstructured) bool {
	for _, condition := range []string{"Ready", "Available"} {
		if status, _ := manifest.Condition(o, condition); status != "" {
			return status == "True"
		}
	}
	return true
}
