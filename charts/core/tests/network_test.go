package tests

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
)

// destinations are the rules of a policy, each as its namespace, its address
// block or its first port.
func destinations(policy networkingv1.NetworkPolicy) []string {
	var all []string
	for _, rule := range policy.Spec.Egress {
		switch {
		case len(rule.To) > 0 && rule.To[0].IPBlock != nil:
			all = append(all, rule.To[0].IPBlock.CIDR)
		case len(rule.To) > 0:
			all = append(all, rule.To[0].NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"])
		default:
			all = append(all, ":"+rule.Ports[0].Port.String())
		}
	}
	return all
}

func TestNetworkPolicy(t *testing.T) {
	h := newHelm(t)
	cases := map[string]struct {
		reason string
		args   []string
		want   map[string][]string
	}{
		"Off": {"There are none unless they are wanted.", nil, map[string][]string{}},
		"On": {"Each task reaches its own application.", []string{"--set=networkPolicy.enabled=true"}, map[string][]string{
			drone:    {":53", "drone", "gitea", ":443", ":4318"},
			gitea:    {":53", "gitea", ":443", ":4318"},
			harbor:   {":53", "gitea", "harbor", ":443", ":4318"},
			keycloak: {":53", "gitea", "keycloak", ":443", ":4318"},
		}},
		"Narrow": {"Rules are added, changed and taken away by name.", []string{"--values=../ci/narrow-values.yaml"}, map[string][]string{
			harbor:   {":53", "gitea", "harbor", "192.0.2.1/32"},
			keycloak: {":53", "gitea", "198.51.100.0/24", "keycloak", "192.0.2.1/32"},
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rendered := h.objects(t, tc.args...)
			got := map[string][]string{}
			for _, policy := range rendered.NetworkPolicies {
				task := policy.Spec.PodSelector.MatchLabels[component]
				got[task] = destinations(policy)
				selected(t, policy, rendered)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// selected fails the test unless a policy is about all pods of its task, in
// both directions.
func selected(t *testing.T, policy networkingv1.NetworkPolicy, rendered objects) {
	t.Helper()
	if len(policy.Spec.PolicyTypes) != 2 || len(policy.Spec.Ingress) != 0 {
		t.Errorf("%s lets something in: %v %v", policy.Name, policy.Spec.PolicyTypes, policy.Spec.Ingress)
	}
	for object, pod := range rendered.podSpecs() {
		if pod.Labels[component] != policy.Labels[component] {
			continue
		}
		for label, value := range policy.Spec.PodSelector.MatchLabels {
			if pod.Labels[label] != value {
				t.Errorf("%s does not select %s: %s is %q", policy.Name, object, label, pod.Labels[label])
			}
		}
	}
}
