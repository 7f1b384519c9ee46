package catalog

import (
	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/window"
)

// checkLevelMaintenance refuses hours that no window fits into.
func checkLevelMaintenance(field string, m v1alpha1.LevelMaintenance) error {
	if _, _, err := window.Spread(field, m, ""); err != nil {
		return err
	}
	_, err := window.Notice(field+".notice", m.Notice)
	return err
}
