package servers

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ini is the file, always in the same order.
func (s Settings) ini() []byte {
	var file bytes.Buffer
	for _, section := range slices.Sorted(maps.Keys(s)) {
		if section != "" {
			fmt.Fprintf(&file, "[%s]\n", section)
		}
		for _, key := range slices.Sorted(maps.Keys(s[section])) {
			fmt.Fprintf(&file, "%s = %s\n", key, s[section][key])
		}
	}
	return file.Bytes()
}

// withoutPrefixes drops the variables that would configure a server.
func withoutPrefixes(environ []string, prefixes ...string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
	})
}
