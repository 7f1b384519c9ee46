package backup_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/backup"
	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

// keyed is a cluster whose keys are there.
func keyed(t *testing.T, change ...func(*v1alpha1.KubernetesClusterSpec)) *plan.Cluster {
	t.Helper()
	have := plantest.Observed(t)
	have[plan.KeyBackupKeys] = observed.Resource{
		Value:      observed.Of(map[string]any{"status": map[string]any{"atProvider": map[string]any{"access": "access-of-the-keys"}}}),
		Connection: map[string][]byte{"attribute.secret": []byte("s3cret-of-the-keys")},
	}
	p, err := plan.NewCluster(plantest.Owner(), plantest.Claim(t, change...), plantest.World(t, have))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func restoring(r v1alpha1.Restore) func(*v1alpha1.KubernetesClusterSpec) {
	return func(c *v1alpha1.KubernetesClusterSpec) { c.Restore = &r }
}

func TestGolden(t *testing.T) {
	on, off := true, false
	cases := map[string]func(*v1alpha1.KubernetesClusterSpec){
		"standard":  func(*v1alpha1.KubernetesClusterSpec) {},
		"premium":   plantest.Level("Premium"),
		"not-taken": plantest.Level("BestEffort"),
		"asked": func(c *v1alpha1.KubernetesClusterSpec) {
			c.ServiceLevel, c.Backup = "BestEffort", v1alpha1.Backup{Enabled: &on, Schedule: "30 4 * * *", Retention: "36h", Volumes: &off}
		},
		"restore-all":  restoring(v1alpha1.Restore{Backup: "latest"}),
		"restore-some": restoring(v1alpha1.Restore{Cluster: "old", Backup: "old-20261101020000", Namespaces: []string{"shop", "accounts"}}),
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			p := keyed(t, change)
			rendertest.Golden(t, name, func() (render.Set, error) { return backup.Render(p) })
		})
	}
}

// A private cloud's store is trusted by the cloud's own authority.
func TestPrivateCloud(t *testing.T) {
	p := keyed(t, restoring(v1alpha1.Restore{Cluster: "old", Backup: "latest"}))
	p.Cloud.CACertificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
	rendertest.Golden(t, "private-cloud", func() (render.Set, error) {
		set, err := backup.Render(p)
		set.Resources = slices.DeleteFunc(set.Resources, func(r render.Resource) bool {
			return !slices.Contains([]string{"addon-velero", plan.KeyRestoreSource, "etcd-snapshots"}, r.Key)
		})
		return set, err
	})
}

// The last backup is looked at, and the copies that it has of volumes; nothing else of it
// is ours.
func TestLastIsObserved(t *testing.T) {
	p := keyed(t)
	p.Backup.Last = "shop-20261127024700"
	rendertest.Golden(t, "last", func() (render.Set, error) {
		set, err := backup.Render(p)
		last := slices.DeleteFunc(set.Resources, func(r render.Resource) bool { return r.Key != plan.KeyBackupLast && r.Key != plan.KeyBackupCopies })
		return render.Set{Resources: last}, err
	})
}

// provider-kubernetes refuses a collection whose name is longer than a label may be.
func TestCollectionFitsEveryName(t *testing.T) {
	p := keyed(t)
	p.Home.Prefix = strings.Repeat("a", 50)
	p.Backup.Last = "shop-20261127024700"
	set, err := backup.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(set.Resources, func(r render.Resource) bool { return r.Key == plan.KeyBackupCopies })
	if n := len(set.Resources[i].Body.Head().Metadata.Name); n > 63 {
		t.Errorf("its name has %d characters", n)
	}
}

// A drill restores the claim beside itself, from the last backup that is complete.
func TestDrill(t *testing.T) {
	p := keyed(t)
	p.Backup.Drill = &plan.Drill{Name: "skerry-drill-20261127040000", Backup: "shop-20261127024700"}
	rendertest.Golden(t, "drill", func() (render.Set, error) {
		set, err := backup.Render(p)
		drill := slices.DeleteFunc(set.Resources, func(r render.Resource) bool { return !strings.HasPrefix(r.Key, plan.KeyDrill) })
		return render.Set{Resources: drill}, err
	})
}

// Nothing waits for keys that aren't there but what needs them, and no key is ever in a
// body.
func TestKeysByReference(t *testing.T) {
	set, err := backup.Render(plantest.Cluster(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Resources {
		if r.Key == plan.KeyBackupSecret && r.Awaits != "the keys of the bucket for backups" {
			t.Errorf("without keys the Secret awaits %q", r.Awaits)
		}
	}
	set, err = backup.Render(keyed(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Resources {
		raw, err := json.Marshal(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "s3cret") {
			t.Errorf("%s holds the secret half of the keys: %s", r.Key, raw)
		}
	}
}

// The bucket is the claim's: a new cluster of the same name finds the backups of the one
// that is gone, and one of another name knows where to look.
func TestBucketOutlivesTheCluster(t *testing.T) {
	first := keyed(t)
	again := plantest.Owner()
	again.Home.Prefix = "shop-zzzzz"
	second, err := plan.NewCluster(again, plantest.Claim(t), plantest.World(t, plantest.Observed(t)))
	if err != nil {
		t.Fatal(err)
	}
	if first.Backup.Bucket != second.Backup.Bucket {
		t.Errorf("a new cluster of the same name backs up into %s, and not into %s", second.Backup.Bucket, first.Backup.Bucket)
	}
	other := plantest.Owner()
	other.Team.Name, other.Home.Prefix = "other", "other-aaaaa"
	third, err := plan.NewCluster(other, plantest.Claim(t, restoring(v1alpha1.Restore{Cluster: "shop", Backup: "latest"})), plantest.World(t, plantest.Observed(t)))
	if err != nil {
		t.Fatal(err)
	}
	if got := third.Backup.Restore.Bucket; got != first.Backup.Bucket {
		t.Errorf("a restore of shop looks into %s, want %s", got, first.Backup.Bucket)
	}
}

func TestCharts(t *testing.T) {
	set, err := backup.Render(keyed(t))
	if err != nil {
		t.Fatal(err)
	}
	charttest.Check(t, "velero", set)
}
