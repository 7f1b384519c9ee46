package cloud

import (
	"fmt"
	"math/rand/v2"
)

// An idStyle says what the IDs of a kind look like.
type idStyle int

const (
	// uuid with dashes, as Neutron, Nova and most others have them.
	uuid idStyle = iota
	// plainHex is a UUID without dashes, as Keystone has them.
	plainHex
	// ownName means that the name is the ID, as in Swift.
	ownName
)

func newID(style idStyle, name string, r *rand.Rand) string {
	switch style {
	case ownName:
		return name
	case plainHex:
		return randomHex(r)
	default:
		h := []byte(randomHex(r))
		h[12], h[16] = '4', "89ab"[r.IntN(4)] // version and variant
		return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
	}
}

func randomHex(r *rand.Rand) string {
	return fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())
}

func randomMAC(r *rand.Rand) string {
	n := r.Uint32()
	return fmt.Sprintf("fa:16:3e:%02x:%02x:%02x", byte(n), byte(n>>8), byte(n>>16))
}
