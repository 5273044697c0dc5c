// Package tasks is the root of the module. It holds no code: only the recipe for the generated packages.
//
// Each line reads a pruned spec and the overlay beside it and writes one file; the same input gives the same bytes, without network.
// Where the specs come from: openapi-specs/refresh.
package tasks

//go:generate go tool -modfile=.ci/tools/go.mod oapi-codegen -config openapi-specs/keycloak/client.yaml openapi-specs/keycloak/spec.json
//go:generate go tool -modfile=.ci/tools/go.mod oapi-codegen -config openapi-specs/keycloak/simulator.yaml openapi-specs/keycloak/spec.json
//go:generate go tool -modfile=.ci/tools/go.mod oapi-codegen -config openapi-specs/harbor/client.yaml openapi-specs/harbor/spec.json
//go:generate go tool -modfile=.ci/tools/go.mod oapi-codegen -config openapi-specs/harbor/simulator.yaml openapi-specs/harbor/spec.json
//go:generate go tool -modfile=.ci/tools/go.mod oapi-codegen -config openapi-specs/gitea/client.yaml openapi-specs/gitea/spec.json
//go:generate go tool -modfile=.ci/tools/go.mod oapi-codegen -config openapi-specs/gitea/simulator.yaml openapi-specs/gitea/spec.json
