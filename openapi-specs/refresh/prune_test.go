package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const vendor = `
openapi: 3.0.3
info: {title: Vendor, version: "1"}
tags: [{name: Things}]
servers: [{url: https://vendor.example}]
paths:
  /things/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}, description: prose}
    get:
      summary: prose
      security: [{basic: []}]
      parameters: [{$ref: '#/components/parameters/deep'}]
      responses:
        "200": {$ref: '#/components/responses/Thing'}
        "404": {description: prose}
        default: {description: prose}
    delete:
      responses: {"204": {description: prose}}
  /others:
    get:
      responses: {"200": {description: prose, content: {application/json: {schema: {$ref: '#/components/schemas/Other'}}}}}
components:
  securitySchemes: {basic: {type: http, scheme: basic}}
  parameters:
    deep: {name: deep, in: query, x-vendor: 1, schema: {type: boolean, default: true}}
    unused: {name: unused, in: query, schema: {type: string}}
  responses:
    Thing: {description: prose, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  schemas:
    Thing:
      description: prose
      properties:
        description: {type: string, description: prose, example: prose}
        properties: {type: object, additionalProperties: {$ref: '#/components/schemas/Part'}}
        parent: {$ref: '#/components/schemas/Thing'}
    Part: {type: string, title: prose}
    Other: {type: string}
`

const pruned = `
openapi: 3.0.3
info: {version: "1"}
paths:
  /things/{id}:
    get:
      operationId: GetThing
      tags: [client]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {$ref: '#/components/parameters/deep'}
      responses:
        "200": {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
components:
  parameters:
    deep: {name: deep, in: query, schema: {type: boolean, default: true}}
  schemas:
    Thing:
      properties:
        description: {type: string}
        properties: {type: object, additionalProperties: {$ref: '#/components/schemas/Part'}}
        parent: {$ref: '#/components/schemas/Thing'}
    Part: {type: string}
`

func TestPrune(t *testing.T) {
	spec := parse(t, vendor)
	if err := prune(spec, Operations{"GET /things/{id}": {Name: "GetThing", Tag: "client"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, pruned), spec); diff != "" {
		t.Errorf("only what the wanted operation needs must stay, without prose (-want +got)\n%s", diff)
	}
}

func TestPruneNamesMissingOperations(t *testing.T) {
	err := prune(parse(t, vendor), Operations{
		"GET /others":         {Name: "ListOthers", Tag: "client"},
		"PUT /others":         {Name: "UpdateOthers", Tag: "client"},
		"POST /nowhere/{nil}": {Name: "CreateNowhere", Tag: "client"},
	})
	want := errors.Join(
		errors.New("the spec has no POST /nowhere/{nil} (CreateNowhere)"),
		errors.New("the spec has no PUT /others (UpdateOthers)"),
	)
	if err == nil || err.Error() != want.Error() {
		t.Errorf("the message names each operation that the vendor dropped: got %v, want %v", err, want)
	}
}

func TestToOpenAPI3(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
	}{
		"Swagger2": {
			reason: "a body parameter becomes a request body",
			spec: `{swagger: "2.0", info: {title: T, version: "1"}, consumes: [application/json], paths: {/a: {post: {
				parameters: [{name: body, in: body, schema: {type: string}}], responses: {"201": {description: d}}}}}}`,
		},
		"OpenAPI3": {
			reason: "OpenAPI 3 stays as it is",
			spec: `{openapi: 3.0.3, info: {title: T, version: "1"}, paths: {/a: {post: {
				requestBody: {content: {application/json: {schema: {type: string}}}}, responses: {"201": {description: d}}}}}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec, err := toOpenAPI3([]byte(tc.spec))
			if err != nil {
				t.Fatal(err)
			}
			post := child(child(child(spec, "paths"), "/a"), "post")
			got := child(child(child(child(post, "requestBody"), "content"), "application/json"), "schema")
			if diff := cmp.Diff(tree{"type": "string"}, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tc.reason, diff)
			}
		})
	}
}

func FuzzPrune(f *testing.F) {
	f.Add([]byte(vendor))
	f.Add([]byte(pruned))
	f.Fuzz(func(t *testing.T, content []byte) {
		var spec tree
		if yaml.Unmarshal(content, &spec) != nil || spec == nil {
			return
		}
		if err := prune(spec, Operations{}); err != nil {
			t.Errorf("nothing is wanted, so nothing can be missing: %v", err)
		}
	})
}

func parse(t *testing.T, text string) tree {
	t.Helper()
	var spec tree
	if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	return spec
}
