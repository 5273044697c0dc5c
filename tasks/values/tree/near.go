package tree

import "otomi.io/tasks/tasks/typo"

// Near returns the known name that a misspelt one was likely meant to be, "" for
// none.
func Near(name string, known []string) string {
	best, found := 1+len(name)/4, ""
	for _, k := range known {
		if d := typo.Distance(name, k); d > 0 && d <= best {
			best, found = d-1, k
		}
	}
	return found
}
