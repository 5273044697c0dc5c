package rule

import "k8s.io/apimachinery/pkg/util/validation"

// DNSLabel is a label as RFC 1123 has it: the name of a namespace.
func DNSLabel(s string) string {
	if len(validation.IsDNS1123Label(s)) > 0 {
		return "is not a DNS label (a-z, 0-9 and -, at most 63)"
	}
	return ""
}
