// Package typo finds the word that a misspelt one was meant to be.
package typo

import "fmt"

// DidYouMean ends an error about a name with the known one that is nearest, if any is
// near.
func DidYouMean(name string, known []string) string {
	near := Near(name, known)
	if near == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %s?", near)
}

// Near is the known name that a misspelt one was likely meant to be, "" for none. A
// typo is one letter, and one more for each four of the name.
func Near(name string, known []string) string {
	best, found := 1+len(name)/4, ""
	for _, k := range known {
		if d := distance(name, k); d > 0 && d <= best && d < len(k) {
			best, found = d-1, k
		}
	}
	return found
}

// distance is Levenshtein's: the letters to add, drop or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
