// Package api stands for the API's types in the tests of package fields.
package api

import "time"

// Meta stands for what Kubernetes adds to a kind.
type Meta struct {
	Name string `json:"name"`
}

// Thing is a kind.
type Thing struct {
	Meta `json:"metadata"`

	Spec   ThingSpec   `json:"spec"`
	Status ThingStatus `json:"status"`
}

// ThingSpec has a field for each way in which code can use one.
type ThingSpec struct {
	Read      string          `json:"read"`
	Unread    string          `json:"unread"`
	Assigned  string          `json:"assigned"`
	Built     string          `json:"built"`
	Increased int             `json:"increased"`
	Address   string          `json:"address"`
	Index     string          `json:"index"`
	ByKey     map[string]Part `json:"byKey"`
	Parts     []Part          `json:"parts"`
	Optional  *Nested         `json:"optional,omitempty"`
	Converted Pair            `json:"converted"`
	Since     time.Time       `json:"since"`
	Go        string
	Hidden    string `json:"-"`
	internal  string
}

// Part is an entry of a list.
type Part struct {
	Name  string `json:"name"`
	Color string `json:"color"`
}

// Pair is converted as a whole.
type Pair struct {
	Left  string `json:"left"`
	Right string `json:"right"`
}

// Nested is an optional part.
type Nested struct {
	Deep Part `json:"deep"`
}

// ThingStatus has a field for each way in which code can set one.
type ThingStatus struct {
	Phase   string `json:"phase"`
	Literal string `json:"literal"`
	Inner   *Part  `json:"inner"`
	Unset   string `json:"unset"`
	Pointer string `json:"pointer"`
}
