package main

import "strings"

// A table is a table of a page. Every row has as many cells as the head.
type table struct {
	head []string
	// words is how many columns, from the left, hold words. The rest is centered.
	words int
	rows  [][]string
}

// String returns the table as Markdown.
func (t table) String() string {
	var b strings.Builder
	line := func(cells []string) {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	line(t.head)
	rule := make([]string, len(t.head))
	for i := range rule {
		rule[i] = ":---:"
		if i < t.words {
			rule[i] = "---"
		}
	}
	line(rule)
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}
