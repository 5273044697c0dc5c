package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// prune keeps the wanted operations, gives them their names and drops whatever does not decide the generated code.
func prune(spec tree, wanted Operations) error {
	for _, key := range []string{"tags", "security", "externalDocs", "servers"} {
		delete(spec, key)
	}
	delete(child(spec, "components"), "securitySchemes")
	dropProse(spec, false)
	paths, err := keepOperations(spec, wanted)
	if err != nil {
		return err
	}
	spec["paths"] = paths
	dropUnused(spec)
	return nil
}

// dropProse drops descriptions, examples and vendor extensions below a node. Below `properties` and the like the keys are names
// (a property may be called description), which named says.
func dropProse(node any, named bool) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			dropProse(item, false)
		}
	case tree:
		for key, value := range node {
			if !named && isProse(key) {
				delete(node, key)
				continue
			}
			dropProse(value, !named && holdsNames(key))
		}
	}
}

func isProse(key string) bool {
	switch key {
	case "description", "summary", "example", "examples", "externalDocs", "title":
		return true
	}
	return strings.HasPrefix(key, "x-")
}

func holdsNames(key string) bool {
	switch key {
	case "properties", "schemas", "parameters", "responses", "requestBodies", "headers", "paths":
		return true
	}
	return false
}

// keepOperations returns the paths that hold wanted operations, with only these.
func keepOperations(spec tree, wanted Operations) (tree, error) {
	paths, kept, missing := child(spec, "paths"), tree{}, maps.Clone(wanted)
	for path := range paths {
		item := child(paths, path)
		for method := range item {
			route := strings.ToUpper(method) + " " + path
			as, ok := wanted[route]
			if !ok {
				continue
			}
			delete(missing, route)
			if _, ok := kept[path]; !ok {
				kept[path] = tree{}
			}
			child(kept, path)[method] = rename(spec, child(item, method), as, item["parameters"])
		}
	}
	var problems []error
	for _, route := range slices.Sorted(maps.Keys(missing)) {
		problems = append(problems, fmt.Errorf("the spec has no %s (%s)", route, missing[route].Name))
	}
	return kept, errors.Join(problems...)
}

// rename gives an operation our name and tag, moves the parameters of its path into it and drops the answers that are not 2xx:
// clients/transport makes one error of all of these, and the simulators write them themselves.
func rename(spec, operation tree, as Operation, shared any) tree {
	operation["operationId"], operation["tags"] = as.Name, []any{as.Tag}
	delete(operation, "security")
	own, _ := operation["parameters"].([]any)
	if inherited, _ := shared.([]any); len(inherited)+len(own) > 0 {
		operation["parameters"] = slices.Concat(inherited, own)
	}
	operation["responses"] = successes(spec, child(operation, "responses"))
	return operation
}

// successes returns the answers that are 2xx, written out where the spec refers to a shared one (whose name may also be a
// schema's). OpenAPI wants a description of each: it is the status text.
func successes(spec, responses tree) tree {
	kept := tree{}
	for status := range responses {
		code, err := strconv.Atoi(status)
		if err != nil || code < 200 || code > 299 {
			continue
		}
		response := child(responses, status)
		if reference, ok := response["$ref"].(string); ok {
			response, _ = resolve(spec, reference).(tree)
		}
		plain := tree{"description": http.StatusText(code)}
		maps.Copy(plain, response)
		kept[status] = plain
	}
	return kept
}

// dropUnused drops the components that no operation refers to, directly or through another component.
func dropUnused(spec tree) {
	used, components := map[string]bool{}, child(spec, "components")
	follow(spec, spec["paths"], used)
	for kind := range components {
		section := child(components, kind)
		maps.DeleteFunc(section, func(name string, _ any) bool { return !used["#/components/"+kind+"/"+name] })
		if len(section) == 0 {
			delete(components, kind)
		}
	}
}

// follow adds to used every reference below a node, and those that their targets hold.
func follow(spec tree, node any, used map[string]bool) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			follow(spec, item, used)
		}
	case tree:
		for _, value := range node {
			follow(spec, value, used)
		}
		reference, ok := node["$ref"].(string)
		if !ok || used[reference] {
			return
		}
		used[reference] = true
		follow(spec, resolve(spec, reference), used)
	}
}

// resolve returns what a local reference (#/components/schemas/Name) points to, nil when nothing is there.
func resolve(spec tree, reference string) any {
	node := any(spec)
	for part := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
		object, _ := node.(tree)
		node = object[part]
	}
	return node
}

// child returns the object below a key, an empty one when there is none.
func child(node tree, key string) tree {
	object, ok := node[key].(tree)
	if !ok {
		return tree{}
	}
	return object
}
