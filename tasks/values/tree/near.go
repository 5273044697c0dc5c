package tree

// Near returns the known name that a misspelt one was likely meant to be, "" for
// none.
func Near(name string, known []string) string {
	best, found := 1+len(name)/4, ""
	for _, k := range known {
		if d := distance(name, k); d > 0 && d <= best {
			best, found = d-1, k
		}
	}
	return found
}

// distance counts the letters to insert, remove or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
