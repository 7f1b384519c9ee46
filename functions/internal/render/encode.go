package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/external"
)

// Encode returns the body as plain JSON values, without nulls and zero values.
func Encode(b external.Body) (map[string]any, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(b)
	if err != nil {
		h := b.Head()
		return nil, fmt.Errorf("cannot encode %s %q: %w", h.Kind, h.Metadata.Name, err)
	}
	return m, nil
}

// Hash returns eight hexadecimal digits that stand for the content of the
// value, for the names of things that are replaced instead of changed.
func Hash(v any) (string, error) {
	j, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("cannot hash %T: %w", v, err)
	}
	sum := sha256.Sum256(j)
	return hex.EncodeToString(sum[:4]), nil
}
