// Package gitea is a client of Gitea's API version 1, generated for server version 1.26.0.
//
// Source: templates/swagger/v1_json.tmpl of code.gitea.io/gitea v1.26.0, converted to OpenAPI 3, pruned to the operations in
// openapi-specs/gitea/operations.yaml and corrected by openapi-specs/gitea/overlay.yaml, where each deviation has its reason.
//
// Operations: organisations with their hooks; teams with their members and repositories; repositories with their teams, hooks,
// branch protections and deploy keys; users; OAuth2 applications and access tokens of the caller; version.
//
// Optional fields are pointers: nil is not sent, a pointer to an empty value is. The server caps pages (at 50 by default) below
// what was asked for, without saying so.
package gitea
