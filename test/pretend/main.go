package pretend

import (
	"flag"
	"runtime/debug"
	"testing"
)

// collectAt is how many percent memory may grow before garbage is collected. Go's own is
// 100.
const collectAt = 400

// Main is the TestMain of a package that goes through thousands of cases. Garbage is
// collected less often: they take a third less processor time, and up to a gigabyte of
// memory. For benchmarks it is collected as often as ever.
func Main(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		debug.SetGCPercent(collectAt)
	}
	m.Run()
}
