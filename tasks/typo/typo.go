// Package typo finds the word that a misspelt one was meant to be.
package typo

import "fmt"

// maxDistance is how many letters a typo may differ by.
const maxDistance = 2

// DidYouMean ends an error about a name with the known one that is nearest, if any is
// near.
func DidYouMean(name string, known []string) string {
	best, least := "", maxDistance+1
	for _, k := range known {
		if d := Distance(name, k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %s?", best)
}

// Distance is Levenshtein's: the letters to add, drop or replace.
func Distance(a, b string) int {
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
