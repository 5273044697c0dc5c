package harborprojects

import (
	"fmt"
	"strings"
)

// Platform is a small platform of three teams: one that declares all that a
// project can be, one that declares a part of it, and one that declares nothing.
const Platform = `
cluster: {domainSuffix: example.com}
apps:
  keycloak: {idp: {clientSecret: client-secret-1}}
  harbor: {robotNamePrefix: otomi-}
teamConfig:
  a:
    harbor:
      storageQuota: 10Gi
      autoScan: true
      autoSBOM: true
      preventVulnerable: true
      severity: high
      retention:
        schedule: daily
        rules:
          - {tags: "release-*", keep: {always: true}}
          - {repositories: "{web,api/**}", tags: "!pr-*", untagged: false, keep: {latestPushed: 10}}
          - {keep: {pulledWithinDays: 30}, disabled: true}
      immutableTags:
        - {tags: "release-*"}
        - {repositories: "!web", tags: "v*", disabled: true}
  b: {harbor: {storageQuota: unlimited, autoScan: false}}
  c: {}
`

// Teams is values with n teams beside those of Platform.
func Teams(n int) string {
	var b strings.Builder
	b.WriteString("teamConfig:\n")
	for i := range n {
		fmt.Fprintf(&b, "  t%04d: {}\n", i)
	}
	return b.String()
}
