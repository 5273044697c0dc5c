package tests

import (
	"fmt"
	"strings"
	"testing"
)

// TestSimulator: each task works on the simulated applications at the ports of their
// Service, and the Service finds their pod.
func TestSimulator(t *testing.T) {
	rendered := newHelm(t).objects(t, "--values=../ci/simulated-values.yaml")
	service, pod := rendered.Services[0], rendered.Deployments[0].Spec.Template
	for key, value := range service.Spec.Selector {
		if pod.Labels[key] != value {
			t.Errorf("the Service wants %s=%s, the pod has %q", key, value, pod.Labels[key])
		}
	}
	addresses := map[string]bool{}
	for _, port := range service.Spec.Ports {
		addresses[fmt.Sprintf("http://%s.%s:%d", service.Name, service.Namespace, port.Port)] = true
	}
	for _, task := range []string{keycloak, harbor, gitea, drone} {
		found := 0
		for _, variable := range of(t, task, rendered.Jobs).Spec.Template.Spec.Containers[0].Env {
			if strings.HasPrefix(variable.Value, "http://") {
				found++
				if !addresses[variable.Value] {
					t.Errorf("%s: %s is %s, which no port is", task, variable.Name, variable.Value)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s has no address", task)
		}
	}
}
