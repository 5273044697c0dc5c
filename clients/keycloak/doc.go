// Package keycloak is a client of Keycloak's admin API, generated for server version 26.4.0.
//
// Source: the OpenAPI document that Keycloak's own annotations yield (org.keycloak:keycloak-services:26.4.0), pruned to the
// operations in openapi-specs/keycloak/operations.yaml and corrected by openapi-specs/keycloak/overlay.yaml, where each
// deviation has its reason.
//
// Operations: realms; client scopes and clients with their protocol mappers and scopes; roles; groups and users with their role
// mappings and memberships; identity providers with their mappers. Logging in is not part of the admin API.
//
// Optional fields are pointers. A nil field is not sent, which the server takes as "keep" for most fields and as "clear" for a few:
// read, change and write whole objects. A pointer to an empty value is sent.
package keycloak
