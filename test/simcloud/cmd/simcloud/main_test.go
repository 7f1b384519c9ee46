package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/test/simcloud"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

func TestParse(t *testing.T) {
	cases := map[string]struct {
		args []string
		ok   bool
	}{
		"Least":    {[]string{"--kubeconfig=k", "--dir=d"}, true},
		"NoDir":    {[]string{"--kubeconfig=k"}, false},
		"NoConfig": {[]string{"--dir=d"}, false},
		"Extra":    {[]string{"--kubeconfig=k", "--dir=d", "more"}, false},
		"Hollow":   {[]string{"--kubeconfig=k", "--dir=d", "--hollow"}, true},
		"Both":     {[]string{"--kubeconfig=k", "--dir=d", "--hollow", "--workloads=w"}, false},
		"Unknown":  {[]string{"--kubeconfig=k", "--dir=d", "--fast"}, false},
		"All":      {[]string{"--kubeconfig=k", "--dir=d", "--control=c", "--workloads=w", "--profile=real", "--factor=2", "--poll=3s"}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := parse(tc.args)
			if (err == nil) != tc.ok {
				t.Fatal(err)
			}
			if name == "All" && (s.profile != cloud.Profile{Name: cloud.Real, Factor: 2} || s.poll != 3*time.Second || s.control+s.workloads != "cw") {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// TestServe opens a cloud with offers twice, as after a restart, and asks it.
func TestServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "offers.json")
	if err := os.WriteFile(file, []byte(`{
		"catalogue": {"zones": ["a", "b"], "networks": [{"id": "u", "name": "public"}]},
		"existing": [{"kind": "Network", "id": "n", "attributes": {"name": "plant"}}],
		"flavors": {"m1.small": {"cpu": 2}}
	}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := readOffers(file)
	if err != nil {
		t.Fatal(err)
	}
	if o.Flavors["m1.small"].CPU != 2 {
		t.Errorf("got %+v", o.Flavors)
	}
	dir, socket := t.TempDir(), filepath.Join(t.TempDir(), "s")
	for range 2 {
		c, err := openCloud(settings{dir: dir, profile: cloud.Profile{Name: cloud.Real}}, o)
		if err != nil {
			t.Fatal(err)
		}
		stop, err := serve(t.Context(), socket, c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := simcloud.Dial(socket).Resources(t.Context(), cloud.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Name != "plant" || got[0].State != cloud.Active {
			t.Errorf("got %v", got)
		}
		if diff := cmp.Diff([]string{"a", "b"}, c.Zones()); diff != "" {
			t.Error(diff)
		}
		stop()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadOffers(t *testing.T) {
	if _, err := readOffers(""); err != nil {
		t.Error(err)
	}
	if _, err := readOffers(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("want an error")
	}
}
