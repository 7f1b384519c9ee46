package render

import (
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
)

const usagePrefix = "usage/"

// Usages returns a Usage for each resource that another one uses, so that
// teardown runs in order: Crossplane refuses to delete what is in use, and
// replays the deletion once the user is gone.
//
// A Usage is created together with its user. Functions don't run on deletion,
// so whatever deletion needs must be there before (rule 4).
func Usages(namespace, prefix string, rs []Resource) []Resource {
	byKey := make(map[string]*Resource, len(rs))
	for i := range rs {
		byKey[rs[i].Key] = &rs[i]
	}
	var out []Resource
	for i := range rs {
		for _, of := range rs[i].Uses {
			if used := byKey[of]; used != nil && used.Body != nil && rs[i].Body != nil {
				out = append(out, usageOf(namespace, prefix, used, &rs[i]))
			}
		}
	}
	return out
}

func usageOf(namespace, prefix string, used, using *Resource) Resource {
	by := kubernetes.UsageOf(using.Body)
	u := kubernetes.NewUsage(namespace, prefix+"-"+using.Key+"-uses-"+used.Key, kubernetes.UsageSpec{
		Of:             kubernetes.UsageOf(used.Body),
		By:             &by,
		ReplayDeletion: true,
	})
	u.Metadata.Labels = map[string]string{external.ComponentLabel: using.Body.Head().Metadata.Labels[external.ComponentLabel]}
	return Resource{
		Key:   usagePrefix + using.Key + "/" + used.Key,
		Part:  using.Part,
		Body:  u,
		Ready: readiness.Managed,
		With:  using.Key,
	}
}

// usage returns the keys of the user and the used that a Usage's key names.
func usage(key string) (by, of string, isUsage bool) {
	rest, ok := strings.CutPrefix(key, usagePrefix)
	if !ok {
		return "", "", false
	}
	by, of, _ = strings.Cut(rest, "/")
	return by, of, true
}
