package cluster

import (
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// prometheusRules is the part of the operator's definition that decides whether
// a rule is one.
const prometheusRules = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: prometheusrules.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {kind: PrometheusRule, plural: prometheusrules, singular: prometheusrule}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [groups]
              properties:
                groups:
                  type: array
                  items:
                    type: object
                    required: [name]
                    properties:
                      name: {type: string, minLength: 1}
                      rules:
                        type: array
                        items:
                          type: object
                          required: [expr]
                          properties:
                            alert: {type: string}
                            expr: {type: string}
                            for: {type: string, pattern: '^([0-9]+[smhd])+$'}
                            labels: {type: object, additionalProperties: {type: string}}
                            annotations: {type: object, additionalProperties: {type: string}}
`

const priorityClass = `
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: platform}
value: 1000
`

// TestEveryObjectIsAccepted gives all that the chart renders, with the defaults
// and with each values file of its ci, to the API server.
func TestEveryObjectIsAccepted(t *testing.T) {
	t.Parallel()
	ensure(t, prometheusRules, "customresourcedefinition/prometheusrules.monitoring.coreos.com")
	kubectl(t, "wait", "--for=condition=Established", "customresourcedefinition/prometheusrules.monitoring.coreos.com")
	ensure(t, priorityClass, "priorityclass/platform")
	namespace, team := newNamespace(t, "e2e-accepted"), newNamespace(t, "team-e2e-accepted")
	version := kubectl(t, "get", "--raw=/version")
	_, version, _ = strings.Cut(version, `"gitVersion": "`)
	version, _, _ = strings.Cut(version, `"`)

	files, err := filepath.Glob(chartDir + "/ci/*-values.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no values in ci: %v", err)
	}
	cases := map[string][]string{"default": nil}
	for _, file := range files {
		cases[strings.TrimSuffix(filepath.Base(file), "-values.yaml")] = []string{"--values=" + file}
	}
	for name, args := range cases {
		t.Run(name, func(t *testing.T) {
			args = append(args, "--namespace="+namespace, "--kube-version="+version, "--set=rbac.droneNamespace="+namespace)
			if name == "narrow" {
				args = append(args, "--set=rbac.teamNamespaces={"+team+"}")
			}
			accept(t, namespace, args)
		})
	}
}

// accept makes the ServiceAccounts, without which the API server takes no pod,
// and shows it all.
func accept(t *testing.T, namespace string, args []string) {
	t.Helper()
	rendered, err := here.run(t.Context(), "", here.helm["v3"], append([]string{"template", "core", chartDir}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	accounts := map[string]bool{"platform-tasks": true} // exists already, says a file in ci
	for _, document := range strings.Split(rendered, "\n---\n") {
		if _, account, found := strings.Cut(document, "\nkind: ServiceAccount\nmetadata:\n  name: "); found {
			account, _, _ = strings.Cut(account, "\n")
			accounts[account] = true
		}
	}
	for account := range accounts {
		ensure(t, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: "+account+", namespace: "+namespace+"}\n", "")
	}
	said := apply(t, rendered, "apply", "--dry-run=server", "--validate=strict", "--filename=-")
	accepted, shown := strings.Count(said, "(server dry run)"), strings.Count("\n"+rendered, "\nkind: ")
	if accepted != shown {
		t.Errorf("%d of %d objects were accepted:\n%s", accepted, shown, said)
	}
	if warnings := read[corev1.PodList](t, "pods", "--namespace="+namespace).Items; len(warnings) != 0 {
		t.Errorf("a dry run left %d pods", len(warnings))
	}
}

// ensure makes an object unless it is there. What it made, and is named, it
// removes in the end.
func ensure(t *testing.T, manifest, name string) {
	t.Helper()
	_, err := here.run(t.Context(), manifest, "kubectl", "create", "--filename=-")
	if err != nil && !strings.Contains(err.Error(), "AlreadyExists") {
		t.Fatal(err)
	}
	if err == nil && name != "" {
		forget(t, "delete", name)
	}
}
