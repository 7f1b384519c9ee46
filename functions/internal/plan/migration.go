package plan

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Annotations of the Jobs of a migration: what it copies from. The Jobs stay as
// they were made, whatever becomes of the source.
const (
	AnnotationSource       = "skerry.dev/migrate-from"
	AnnotationSourceClaim  = "skerry.dev/migrate-from-claim"
	AnnotationSourceBucket = "skerry.dev/migrate-from-bucket"
)

// AnnotationMigrated is on what holds the data, on the management cluster, once a
// migration is done: from where. It is what remembers it when the Jobs are gone, and
// also where nobody has kept the status.
const AnnotationMigrated = "skerry.dev/migrated-from"

// Migration copies data into the Storage, once.
type Migration struct {
	// Source in words: "Storage orders".
	Source string
	// From and To are what the Jobs mount, or log in with.
	From, To MigrationEnd
	// Image of the tool that copies.
	Image string
	// Name that the Jobs' names begin with, and their namespace.
	Namespace, Name string
	// Phase as in status.
	Phase string
	// Message says what to do, or is empty.
	Message string
	// Copied says that the first Job is through.
	Copied bool
	// Jobs says that they are planned: they are not any more once the migration
	// is done. They would hold what they mount, so that the source could never go.
	Jobs bool
	// Remembered says that what holds the data tells from where it has come, so that
	// the Jobs may go.
	Remembered bool
}

// MigrationEnd is a PersistentVolumeClaim, or a bucket by its Secret.
type MigrationEnd struct {
	Claim, Secret string
}

const fieldMigrate = "spec.migrateFrom"

func (s *Storage) planMigration(claim *v1alpha1.StorageSpec, w StorageWorld) error {
	known := rememberedSource(w)
	asked := sourceText(claim.MigrateFrom)
	if known == "" && asked == "" {
		return nil
	}
	m := &Migration{Source: firstOf(known, asked), Namespace: claim.Namespace, Name: limited(s.Team.Name, maxJobName)}
	m.follow(w)
	if err := m.checkSource(known, asked, w.Prior.Phase); err != nil {
		return err
	}
	s.Migration = m
	m.Remembered = m.Phase == v1alpha1.MigrationDone && migratedFrom(w.Have) != ""
	made := w.Have.Has(KeyMigrationCopy) || w.Have.Has(KeyMigrationVerify)
	// In a cluster that doesn't answer nobody can delete them.
	stuck := !m.Remembered || !s.Target.Ready
	m.Jobs = m.Phase != v1alpha1.MigrationDone || made && stuck
	if !m.Jobs {
		return nil
	}
	return s.planJobs(m, claim, w)
}

// maxJobName leaves room for the ends of the Jobs' names, and for what
// Kubernetes adds for their pods.
const maxJobName = 50

// rememberedSource is the source of a migration that has begun, or "".
func rememberedSource(w StorageWorld) string {
	for _, key := range []string{KeyMigrationCopy, KeyMigrationVerify} {
		if made := observed.At(manifestOf(w.Have.Get(key)), "metadata", "annotations", AnnotationSource).Text(); made != "" {
			return made
		}
	}
	if w.Prior.Migration != nil {
		return w.Prior.Migration.Source
	}
	return migratedFrom(w.Have)
}

// migratedFrom is the source of a migration that is done, as what holds the data
// remembers it, or "".
func migratedFrom(have observed.Set) string {
	for _, key := range []string{KeyVolume, KeyBucket} {
		if from := observed.At(have.Get(key), "metadata", "annotations", AnnotationMigrated).Text(); from != "" {
			return from
		}
	}
	return ""
}

func sourceText(from *v1alpha1.MigrationSource) string {
	switch {
	case from == nil:
		return ""
	case from.Storage != "":
		return "Storage " + from.Storage
	}
	return "PersistentVolumeClaim " + from.PersistentVolumeClaim
}

// follow says how far the migration is. One that was done once is done for ever,
// whoever remembers it: the status, what holds the data, the Job, or the Object that
// makes no Job any more.
func (m *Migration) follow(w StorageWorld) {
	copying, verifying := w.Have.Get(KeyMigrationCopy), w.Have.Get(KeyMigrationVerify)
	m.Copied = jobIs(copying, "Complete") || verifying.Exists()
	switch {
	case w.Prior.Migration != nil && w.Prior.Migration.Phase == v1alpha1.MigrationDone, migratedFrom(w.Have) != "", jobIs(verifying, "Complete"), retired(verifying):
		m.Phase = v1alpha1.MigrationDone
	case jobIs(verifying, "Failed"):
		m.fail("verify", "What was copied differs from its source", fmt.Sprintf("delete Job %[1]s-copy, and Job %[1]s-verify when it is through,", m.Name))
	case jobIs(copying, "Failed") && !m.Copied:
		m.fail("copy", "The data could not be copied", fmt.Sprintf("delete Job %s-copy", m.Name))
	case m.Copied:
		m.Phase = v1alpha1.MigrationVerifying
	case copying.Exists():
		m.Phase = v1alpha1.MigrationCopying
	default:
		m.Phase = v1alpha1.MigrationWaiting
	}
}

func (m *Migration) fail(job, why, wayOut string) {
	m.Phase = v1alpha1.MigrationFailed
	m.Message = fmt.Sprintf("%s: kubectl -n %s logs job/%s-%s says more. Stop what writes to the source, then %s to try again.", why, m.Namespace, m.Name, job, wayOut)
}

// retired says whether an Object makes its Job no more.
func retired(o observed.Value) bool {
	if !o.Exists() {
		return false
	}
	for policy := range observed.At(o, "spec", "managementPolicies").Items() {
		if p := policy.Text(); p == "Create" || p == "*" {
			return false
		}
	}
	return observed.At(o, "spec", "managementPolicies").Exists()
}

func jobIs(o observed.Value, condition string) bool {
	return observed.ConditionOf(liveOf(o), condition).Status == conditionTrue
}

// checkSource refuses what would mix the data of two sources.
func (m *Migration) checkSource(known, asked string, prior v1alpha1.Phase) error {
	switch {
	case known == asked:
		return nil
	case known == "":
		// Not begun: only a new Storage may take data in.
		if prior == "" || prior == v1alpha1.PhasePending || prior == v1alpha1.PhaseProvisioning {
			return nil
		}
		return refusal.New(fieldMigrate, asked, "was set after the Storage was made, and it may hold data already", "Remove it, and create a new Storage.")
	case asked != "":
		return refusal.New(fieldMigrate, asked, "can't be changed from "+known+": data of two sources would be mixed", "Set it back, or create a new Storage.")
	case m.Phase == v1alpha1.MigrationDone:
		return nil
	}
	return refusal.New(fieldMigrate, "", "was removed before the migration from "+known+" was done: data may be missing", "Set it back, or create a new Storage.")
}

func (s *Storage) planJobs(m *Migration, claim *v1alpha1.StorageSpec, w StorageWorld) error {
	s.awaitCluster(w.Have, KeyMigrationCopy, KeyMigrationVerify)
	m.To = MigrationEnd{Claim: s.Team.Name}
	if s.Bucket != nil {
		m.To = MigrationEnd{}
		if s.Bucket.Delivery != nil {
			m.To.Secret = s.Bucket.Delivery.Name
		}
	}
	for _, key := range []string{KeyMigrationCopy, KeyMigrationVerify} {
		if made := manifestOf(w.Have.Get(key)); made.Exists() {
			m.asMade(made)
			return nil
		}
	}
	var err error
	if m.Image, err = toolOf(w.Platform, toolRclone); err != nil {
		return err
	}
	return s.planSource(m, claim, w)
}

// asMade reads what a Job that exists copies, and with what.
func (m *Migration) asMade(job observed.Value) {
	annotations := observed.At(job, "metadata", "annotations")
	m.From = MigrationEnd{Claim: annotations.Field(AnnotationSourceClaim).Text(), Secret: annotations.Field(AnnotationSourceBucket).Text()}
	for c := range observed.At(job, "spec", "template", "spec", "containers").Items() {
		m.Image = c.Field("image").Text()
	}
}

// planSource finds the source: in the same namespace of the same cluster, where
// one Job can reach both.
func (s *Storage) planSource(m *Migration, claim *v1alpha1.StorageSpec, w StorageWorld) error {
	if name := claim.MigrateFrom.PersistentVolumeClaim; name != "" {
		if s.Volume != nil && name == s.Volume.Name {
			return refusal.New(fieldMigrate+".persistentVolumeClaim", name, "is the one that this Storage makes itself", "Name another one, or create the Storage under another name.")
		}
		m.From = MigrationEnd{Claim: name}
		return nil
	}
	const field = fieldMigrate + ".storage"
	name := claim.MigrateFrom.Storage
	if name == s.Team.Name {
		return refusal.New(field, name, "is this Storage itself", "Name another one.")
	}
	source, others := storageNamed(w.Storages, s.Team.Namespace, name)
	if source == nil {
		return refusal.NotOneOf(field, name, fmt.Sprintf("is not a Storage in namespace %q", s.Team.Namespace), without(others, s.Team.Name))
	}
	for _, same := range []struct{ what, theirs, ours string }{
		{"KubernetesCluster", observed.At(source, "spec", "clusterRef", "name").Text(), claim.ClusterRef.Name},
		{"namespace", observed.At(source, "spec", "namespace").Text(), claim.Namespace},
	} {
		if same.theirs != same.ours {
			return refusal.New(field, name, fmt.Sprintf("is in %s %s and this Storage in %s: nothing reaches both", same.what, same.theirs, same.ours),
				"Name a Storage of the same cluster and namespace, and copy from elsewhere by hand.")
		}
	}
	status := source.Field("status")
	m.From = MigrationEnd{Claim: status.Field("claimName").Text(), Secret: status.Field("secretName").Text()}
	awaited := ""
	switch phase := observed.At(status, "migration", "phase").Text(); {
	case m.From == (MigrationEnd{}):
		awaited = "Storage " + name
	case phase != "" && phase != v1alpha1.MigrationDone:
		// It is copied itself: what is there so far isn't all.
		awaited = "the migration of Storage " + name
	}
	s.await(KeyMigrationCopy, awaited)
	s.await(KeyMigrationVerify, awaited)
	return nil
}

func storageNamed(storages []observed.Value, namespace, name string) (found observed.Value, others []string) {
	for _, s := range storages {
		meta := s.Field("metadata")
		if meta.Field("namespace").Text() != namespace {
			continue
		}
		n := meta.Field("name").Text()
		if n == name {
			found = s
			continue
		}
		others = append(others, n)
	}
	return found, others
}

func without(names []string, name string) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}
