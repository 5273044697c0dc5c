package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// release is one installation of the chart, in a namespace of its own.
type release struct {
	name, namespace string
	helm            string
	values          []string // files; later ones win
}

// newRelease prepares an installation with the images that were built. What is
// left of it in the end is removed.
func newRelease(t *testing.T, helm string, values ...string) *release {
	t.Helper()
	name := "e2e-" + strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(strings.TrimPrefix(t.Name(), "Test")), "-"), "-")
	r := &release{name: "core", namespace: newNamespace(t, name), helm: here.helm[helm]}
	t.Cleanup(func() {
		_, _ = here.run(context.Background(), "", r.helm, "uninstall", r.name, "--namespace="+r.namespace, "--ignore-not-found")
	})
	// No CronJob starts by itself while a test looks.
	r.change(t, fmt.Sprintf("taskDefaults: {image: {registry: localhost, tag: %s}, cronJob: {suspend: true}}\nrbac: {droneNamespace: %s}", imageTag, r.namespace))
	for _, v := range values {
		r.change(t, v)
	}
	return r
}

// change adds values that win over the earlier ones.
func (r *release) change(t *testing.T, values string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	r.values = append(r.values, file)
}

// try runs a command of Helm on the release: install and upgrade get the chart
// and the values.
func (r *release) try(ctx context.Context, verb string, args ...string) (string, error) {
	line := []string{verb, r.name, "--namespace=" + r.namespace}
	if verb == "install" || verb == "upgrade" {
		line = append(line, chartDir)
		for _, file := range r.values {
			line = append(line, "--values="+file)
		}
	}
	if verb != "get" {
		line = append(line, "--timeout="+patience.String())
	}
	return here.run(ctx, "", r.helm, append(line, args...)...)
}

// do is try for what must succeed.
func (r *release) do(t *testing.T, verb string, args ...string) string {
	t.Helper()
	out, err := r.try(t.Context(), verb, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.state())
	}
	return out
}

// state is what a person would look at when Helm says no.
func (r *release) state() string {
	all, _ := here.run(context.Background(), "", "kubectl", "get", "jobs,pods,events", "--namespace="+r.namespace)
	words, _ := here.run(context.Background(), "", "kubectl", "logs", "--namespace="+r.namespace, "--selector=app.kubernetes.io/instance="+r.name, "--tail=30")
	return all + words
}

// byHand starts a CronJob's Job as the notes say, and returns its name.
func (r *release) byHand(t *testing.T, cronJob, suffix string) string {
	t.Helper()
	job := cronJob + "-" + suffix
	kubectl(t, "create", "job", "--namespace="+r.namespace, "--from=cronjob/"+cronJob, job)
	return job
}
