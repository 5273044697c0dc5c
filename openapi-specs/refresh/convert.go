package main

import (
	"encoding/json"
	"fmt"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"go.yaml.in/yaml/v3"
)

// tree is a JSON object.
type tree = map[string]any

// toOpenAPI3 reads a vendor's spec, JSON or YAML, and converts it when it is Swagger 2.
func toOpenAPI3(artifact []byte) (tree, error) {
	var spec tree
	if err := yaml.Unmarshal(artifact, &spec); err != nil {
		return nil, fmt.Errorf("reading the spec: %w", err)
	}
	if _, swagger2 := spec["swagger"]; !swagger2 {
		return spec, nil
	}
	plain, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("reading the spec: %w", err)
	}
	var old openapi2.T
	if err := json.Unmarshal(plain, &old); err != nil {
		return nil, fmt.Errorf("reading the Swagger 2 spec: %w", err)
	}
	converted, err := openapi2conv.ToV3(&old)
	if err != nil {
		return nil, fmt.Errorf("converting to OpenAPI 3: %w", err)
	}
	plain, err = json.Marshal(converted)
	if err != nil {
		return nil, fmt.Errorf("converting to OpenAPI 3: %w", err)
	}
	var fresh tree
	return fresh, json.Unmarshal(plain, &fresh)
}
