// Package tests renders the chart with Helm and checks what comes out. It is
// its own module, so that neither Helm nor the types of Kubernetes enter the
// product's.
package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	chartDir = ".."
	rootDir  = "../../.."
	release  = "core"
	oldest   = "1.31.0" // the oldest Kubernetes that Chart.yaml allows
)

// helm runs Helm on the chart.
type helm struct {
	program string
	env     []string
}

// newHelm finds Helm: $HELM, else the version pinned in .ci/tools.
func newHelm(t *testing.T) helm {
	t.Helper()
	home := t.TempDir()
	h := helm{program: os.Getenv("HELM"), env: append(os.Environ(),
		"HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)}
	if h.program != "" {
		return h
	}
	find := exec.CommandContext(t.Context(), "go", "tool", "-modfile=.ci/tools/go.mod", "-n", "helm")
	find.Dir = rootDir
	out, err := find.Output()
	if err != nil {
		t.Fatalf("building helm: %v\n%s", err, stderrOf(err))
	}
	h.program = strings.TrimSpace(string(out))
	return h
}

// run returns what Helm printed; the error carries what it complained about.
func (h helm) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), h.program, args...)
	command.Env = h.env
	out, err := command.Output()
	if err != nil {
		return string(out), errors.Join(err, errors.New(stderrOf(err)))
	}
	return string(out), nil
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}

// template renders the chart with further arguments and fails the test if
// that fails.
func (h helm) template(t *testing.T, args ...string) string {
	t.Helper()
	out, err := h.run(t, append([]string{"template", release, chartDir, "--namespace=otomi", "--kube-version=" + oldest}, args...)...)
	if err != nil {
		t.Fatalf("rendering with %q: %v", args, err)
	}
	return out
}

// objects renders the chart and decodes what comes out.
func (h helm) objects(t *testing.T, args ...string) objects {
	t.Helper()
	return decode(t, h.template(t, args...))
}

// valuesFile writes values to a file and returns the argument that names it.
func valuesFile(t *testing.T, values string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	return "--values=" + file
}

// ciValues are the values files in ci, by name, and the defaults.
func ciValues(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(chartDir, "ci", "*-values.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no values in ci: %v", err)
	}
	cases := map[string][]string{"default": nil}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), "-values.yaml")
		cases[name] = []string{"--values=" + file}
	}
	return cases
}

// objects are the rendered objects by kind.
type objects struct {
	Jobs                []batchv1.Job
	CronJobs            []batchv1.CronJob
	Pods                []corev1.Pod
	Secrets             []corev1.Secret
	ConfigMaps          []corev1.ConfigMap
	ServiceAccounts     []corev1.ServiceAccount
	Roles               []rbacv1.Role
	RoleBindings        []rbacv1.RoleBinding
	ClusterRoles        []rbacv1.ClusterRole
	ClusterRoleBindings []rbacv1.ClusterRoleBinding
	NetworkPolicies     []networkingv1.NetworkPolicy
	Policies            []admissionv1.ValidatingAdmissionPolicy
	PolicyBindings      []admissionv1.ValidatingAdmissionPolicyBinding
	PrometheusRules     []prometheusRule
	Deployments         []appsv1.Deployment
	Services            []corev1.Service
}

// component is the label that names an object's task.
const component = "app.kubernetes.io/component"

// of is the task's object among those of one kind. It fails the test if there
// is not exactly one.
func of[T any, P interface {
	*T
	metav1.Object
}](t *testing.T, task string, all []T) T {
	t.Helper()
	var found []T
	for i := range all {
		if P(&all[i]).GetLabels()[component] == task {
			found = append(found, all[i])
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d of %d objects are of %s", len(found), len(all), task)
	}
	return found[0]
}

// jobSpecs are the specs of all Jobs, by "Kind/name".
func (o objects) jobSpecs() map[string]batchv1.JobSpec {
	specs := map[string]batchv1.JobSpec{}
	for _, job := range o.Jobs {
		specs["Job/"+job.Name] = job.Spec
	}
	for _, cronJob := range o.CronJobs {
		specs["CronJob/"+cronJob.Name] = cronJob.Spec.JobTemplate.Spec
	}
	return specs
}

// podSpecs are the specs of all pods, by "Kind/name" of what makes them.
func (o objects) podSpecs() map[string]corev1.PodTemplateSpec {
	specs := map[string]corev1.PodTemplateSpec{}
	for name, spec := range o.jobSpecs() {
		specs[name] = spec.Template
	}
	for _, pod := range o.Pods {
		specs["Pod/"+pod.Name] = corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	}
	return specs
}

// decode reads rendered YAML. A field that Kubernetes does not know, or a kind
// that the chart has no business making, fails the test.
func decode(t *testing.T, rendered string) objects {
	t.Helper()
	var out objects
	decoder := yaml.NewDecoder(strings.NewReader(rendered))
	for {
		var document map[string]any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("reading the rendered YAML: %v\n%s", err, rendered)
		}
		if document != nil {
			out.add(t, document)
		}
	}
}

func (o *objects) add(t *testing.T, document map[string]any) {
	t.Helper()
	switch kind := document["kind"]; kind {
	case "Job":
		o.Jobs = append(o.Jobs, strictly[batchv1.Job](t, document))
	case "CronJob":
		o.CronJobs = append(o.CronJobs, strictly[batchv1.CronJob](t, document))
	case "Pod":
		o.Pods = append(o.Pods, strictly[corev1.Pod](t, document))
	case "Secret":
		o.Secrets = append(o.Secrets, strictly[corev1.Secret](t, document))
	case "ConfigMap":
		o.ConfigMaps = append(o.ConfigMaps, strictly[corev1.ConfigMap](t, document))
	case "ServiceAccount":
		o.ServiceAccounts = append(o.ServiceAccounts, strictly[corev1.ServiceAccount](t, document))
	case "Role":
		o.Roles = append(o.Roles, strictly[rbacv1.Role](t, document))
	case "RoleBinding":
		o.RoleBindings = append(o.RoleBindings, strictly[rbacv1.RoleBinding](t, document))
	case "ClusterRole":
		o.ClusterRoles = append(o.ClusterRoles, strictly[rbacv1.ClusterRole](t, document))
	case "ClusterRoleBinding":
		o.ClusterRoleBindings = append(o.ClusterRoleBindings, strictly[rbacv1.ClusterRoleBinding](t, document))
	case "NetworkPolicy":
		o.NetworkPolicies = append(o.NetworkPolicies, strictly[networkingv1.NetworkPolicy](t, document))
	case "ValidatingAdmissionPolicy":
		o.Policies = append(o.Policies, strictly[admissionv1.ValidatingAdmissionPolicy](t, document))
	case "ValidatingAdmissionPolicyBinding":
		o.PolicyBindings = append(o.PolicyBindings, strictly[admissionv1.ValidatingAdmissionPolicyBinding](t, document))
	case "Deployment":
		o.Deployments = append(o.Deployments, strictly[appsv1.Deployment](t, document))
	case "Service":
		o.Services = append(o.Services, strictly[corev1.Service](t, document))
	case "PrometheusRule":
		o.PrometheusRules = append(o.PrometheusRules, strictly[prometheusRule](t, document))
	default:
		t.Fatalf("the chart renders an object of kind %v", kind)
	}
}

func strictly[T any](t *testing.T, document map[string]any) T {
	t.Helper()
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var object T
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&object); err != nil {
		t.Fatalf("reading %v: %v\n%s", document["kind"], err, data)
	}
	return object
}
