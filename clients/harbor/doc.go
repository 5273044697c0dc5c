// Package harbor is a client of Harbor's API version 2.0, generated from the spec of go-client v0.213.1 and held against answers
// recorded from server version 2.15.2.
//
// Source: api/v2.0/swagger.yaml of github.com/goharbor/go-client v0.213.1, converted to OpenAPI 3, pruned to the operations in
// openapi-specs/harbor/operations.yaml and corrected by openapi-specs/harbor/overlay.yaml, where each deviation has its reason.
//
// Operations: system information and permissions; configuration; projects with their members and immutable tag rules; user
// groups; robots; quotas; retention policies.
//
// Optional fields are pointers: nil is not sent, a pointer to an empty value is. Projects are always addressed by name.
package harbor
