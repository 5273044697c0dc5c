package tests

import (
	"strings"
	"testing"
)

// Helm must refuse wrong values with a message that names where they stand.
func TestWrongValues(t *testing.T) {
	cases := map[string]struct {
		values string
		path   string // what the message must name
		says   string // what else it must say
	}{
		"UnknownTopLevelKey":       {"otomiValue: {}", "''", "'otomiValue' not allowed"},
		"UnknownTask":              {"tasks: {keycloak-role: {}}", "'/tasks'", "'keycloak-role' not allowed"},
		"UnknownDefault":           {"taskDefaults: {polcy: sync}", "'/taskDefaults'", "'polcy' not allowed"},
		"UnknownTaskKey":           {"tasks: {keycloak-roles: {timeout: 5}}", "'/tasks/keycloak-roles'", "'timeout' not allowed"},
		"UnknownNestedKey":         {"tasks: {keycloak-roles: {cronJob: {shedule: '@daily'}}}", "'/tasks/keycloak-roles/cronJob'", "'shedule' not allowed"},
		"UnknownPolicy":            {"tasks: {keycloak-roles: {policy: delete}}", "'/tasks/keycloak-roles/policy'", "'create-only', 'upsert-only', 'sync'"},
		"UnknownMode":              {"taskDefaults: {mode: cron}", "'/taskDefaults/mode'", "'hook', 'job', 'cronjob-only'"},
		"EnabledAsText":            {"tasks: {keycloak-roles: {enabled: 'no'}}", "'/tasks/keycloak-roles/enabled'", "want boolean"},
		"TimeoutAsDuration":        {"taskDefaults: {timeoutSeconds: 10m}", "'/taskDefaults/timeoutSeconds'", "want integer"},
		"TimeoutTooShort":          {"taskDefaults: {timeoutSeconds: 1}", "'/taskDefaults/timeoutSeconds'", "minimum"},
		"NegativeBackoff":          {"taskDefaults: {job: {backoffLimit: -1}}", "'/taskDefaults/job/backoffLimit'", "minimum"},
		"DeadlineTooShortToFire":   {"taskDefaults: {cronJob: {startingDeadlineSeconds: 9}}", "'/taskDefaults/cronJob/startingDeadlineSeconds'", "minimum"},
		"ScheduleOfThreeFields":    {"taskDefaults: {cronJob: {schedule: '* * *'}}", "'/taskDefaults/cronJob/schedule'", "pattern"},
		"ScheduleWithZone":         {"taskDefaults: {cronJob: {schedule: 'TZ=UTC 0 * * * *'}}", "'/taskDefaults/cronJob/schedule'", "pattern"},
		"HookDeletePolicy":         {"taskDefaults: {hook: {deletePolicy: never}}", "'/taskDefaults/hook/deletePolicy'", "pattern"},
		"HookWeightAsText":         {"taskDefaults: {hook: {weight: '1'}}", "'/taskDefaults/hook/weight'", "want integer"},
		"PullPolicy":               {"taskDefaults: {image: {pullPolicy: always}}", "'/taskDefaults/image/pullPolicy'", "'Always'"},
		"TagAsNumber":              {"taskDefaults: {image: {tag: 1.2}}", "'/taskDefaults/image/tag'", "want string"},
		"ShortDigest":              {"taskDefaults: {image: {digest: 'sha256:abc'}}", "'/taskDefaults/image/digest'", "pattern"},
		"EnvAsNumber":              {"taskDefaults: {extraEnv: {COUNT: 1}}", "'/taskDefaults/extraEnv/COUNT'", "want null or string or object"},
		"EnvAsList":                {"taskDefaults: {extraEnv: [{name: A, value: b}]}", "'/taskDefaults/extraEnv'", "want object"},
		"EnvWithUnknownSource":     {"taskDefaults: {extraEnv: {A: {secret: x}}}", "'/taskDefaults/extraEnv/A'", "'secret' not allowed"},
		"ArgsAsText":               {"taskDefaults: {extraArgs: --log-level=debug}", "'/taskDefaults/extraArgs'", "want array"},
		"CredentialAsText":         {"taskDefaults: {credentials: {SOPS_AGE_KEY: secret}}", "'/taskDefaults/credentials/SOPS_AGE_KEY'", "want null or object"},
		"CredentialWithoutKey":     {"taskDefaults: {credentials: {SOPS_AGE_KEY: {secret: x}}}", "'/taskDefaults/credentials/SOPS_AGE_KEY'", "'key'"},
		"CredentialIsEmpty":        {"taskDefaults: {credentials: {SOPS_AGE_KEY: {value: ''}}}", "'/taskDefaults/credentials/SOPS_AGE_KEY/value'", "minLength"},
		"CredentialTwice":          {"taskDefaults: {credentials: {SOPS_AGE_KEY: {secret: x, key: y, value: z}}}", "'/taskDefaults/credentials/SOPS_AGE_KEY'", "oneOf"},
		"CredentialNobodyReads":    {"taskDefaults: {credentials: {KEYCLOAK_PASSWORD: {secret: x, key: y}}}", "'/taskDefaults/credentials'", "'KEYCLOAK_PASSWORD' not allowed"},
		"CredentialOfAnotherTask":  {"tasks: {keycloak-roles: {credentials: {HARBOR_PASSWORD: {secret: x, key: z}}}}", "'/tasks/keycloak-roles/credentials'", "'HARBOR_PASSWORD' not allowed"},
		"CredentialInSmallLetters": {"taskDefaults: {credentials: {password: {secret: x, key: z}}}", "'/taskDefaults/credentials'", "'password' not allowed"},
		"CredentialKeyIsAPath":     {"taskDefaults: {credentials: {SOPS_AGE_KEY: {secret: x, key: ../y}}}", "'/taskDefaults/credentials/SOPS_AGE_KEY/key'", "pattern"},
		"TwoSourcesInOneEntry":     {"otomiValues: {from: [{secret: {name: a}, configMap: {name: b}}]}", "'/otomiValues/from/0'", "maxProperties"},
		"SourceWithoutName":        {"otomiValues: {from: [{secret: {key: a}}]}", "'/otomiValues/from/0/secret'", "'name'"},
		"SourceNameInCapitals":     {"otomiValues: {from: [{secret: {name: Values}}]}", "'/otomiValues/from/0/secret/name'", "pattern"},
		"InlineAsText":             {"otomiValues: {inline: 'a: b'}", "'/otomiValues/inline'", "want object"},
		"CABundleAsText":           {"global: {caBundle: company-ca}", "'/global/caBundle'", "want object"},
		"PullSecretAsText":         {"global: {imagePullSecrets: [registry]}", "'/global/imagePullSecrets/0'", "want object"},
		"GitWithPassword":          {"otomiValues: {from: [{git: {url: 'https://me:secret@git.example.com/values.git'}}]}", "'/otomiValues/from/0/git/url'", "pattern"},
		"GitOverSSH":               {"otomiValues: {from: [{git: {url: 'ssh://git.example.com/values.git'}}]}", "'/otomiValues/from/0/git/url'", "pattern"},
		"GitWithQuery":             {"otomiValues: {from: [{git: {url: 'https://git.example.com/values.git?ref=main'}}]}", "'/otomiValues/from/0/git/url'", "pattern"},
		"GitWithoutURL":            {"otomiValues: {from: [{git: {ref: main}}]}", "'/otomiValues/from/0/git'", "'url'"},
		"NoShards":                 {"taskDefaults: {shards: 0}", "'/taskDefaults/shards'", "minimum"},
		"TelemetryOfSomebodyElse":  {"telemetry: {JAEGER_ENDPOINT: x}", "'/telemetry'", "'JAEGER_ENDPOINT' not allowed"},
		"TeamWithoutPrefix":        {"rbac: {teamNamespaces: [alpha]}", "'/rbac/teamNamespaces/0'", "pattern"},
		"EgressOfUnknownTask":      {"networkPolicy: {egress: {mail: {tasks: [mail]}}}", "'/networkPolicy/egress/mail/tasks/0'", "'keycloak-roles'"},
		"EgressWithUnknownKey":     {"networkPolicy: {egress: {dns: {port: 53}}}", "'/networkPolicy/egress/dns'", "'port' not allowed"},
		"EgressToEverything":       {"networkPolicy: {egress: {all: {}}}", "'/networkPolicy/egress/all'", "minProperties"},
		"StaleAfterText":           {"prometheusRule: {staleAfterSeconds: 1h}", "'/prometheusRule/staleAfterSeconds'", "want integer"},
		"DashboardAsText":          {"grafanaDashboard: 'on'", "'/grafanaDashboard'", "want object"},
		"TestAsText":               {"helmTest: 'yes'", "'/helmTest'", "want boolean"},
		"LimitAsList":              {"taskDefaults: {resources: {limits: [memory]}}", "'/taskDefaults/resources/limits'", "want object"},
		"LabelAsNumber":            {"taskDefaults: {podLabels: {a: 1}}", "'/taskDefaults/podLabels/a'", "want string"},
		"DefaultsRemoved":          {"taskDefaults: {cronJob: null}", "'/taskDefaults'", "'cronJob'"},
		"DefaultRemoved":           {"taskDefaults: {cronJob: {schedule: null}}", "'/taskDefaults/cronJob'", "'schedule'"},
		"NoTokenForSecrets":        {"tasks: {gitea-repos: {serviceAccount: {mountToken: false}}}", "tasks.gitea-repos:", "keeps Secrets in the cluster"},
		"NothingWouldRun":          {"tasks: {keycloak-roles: {mode: cronjob-only, cronJob: {enabled: false}}}", "tasks.keycloak-roles:", "nothing would ever run"},
		"DeadlineBelowTimeout":     {"tasks: {keycloak-roles: {job: {activeDeadlineSeconds: 600}}}", "tasks.keycloak-roles:", "must be above timeoutSeconds (600)"},
	}
	h := newHelm(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := h.run(t, "template", release, chartDir, "--kube-version="+oldest, valuesFile(t, tc.values))
			if err == nil {
				t.Fatalf("helm accepts %s", tc.values)
			}
			for _, want := range []string{tc.path, tc.says} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q: %v", want, err)
				}
			}
		})
	}
}

// What belongs to other charts of a parent must pass.
func TestSubchartValues(t *testing.T) {
	newHelm(t).objects(t, valuesFile(t, "enabled: true\nglobal: {storageClass: fast}\n"))
}

// A null takes away what Kubernetes can do without; OpenShift, for one, wants to choose the uid itself.
func TestNullRemovesDefaults(t *testing.T) {
	h := newHelm(t)
	nulls := valuesFile(t, `
taskDefaults:
  {extraArgs: null, extraEnv: null, credentials: null, podLabels: null, podAnnotations: null, podSecurityContext: null,
  containerSecurityContext: null, resources: null, nodeSelector: null, tolerations: null, affinity: null, extraVolumes: null,
  extraVolumeMounts: null, priorityClassName: null, job: {annotations: null}, cronJob: {annotations: null, timeZone: null},
  image: {registry: null, tag: null, digest: null}, serviceAccount: {name: null, annotations: null}, hook: {outputLogPolicy: null}}
telemetry: null
rbac: {teamNamespaces: null, droneNamespace: null}
networkPolicy: {enabled: true, egress: null}
grafanaDashboard: {enabled: true, labels: null, annotations: null}
prometheusRule: {enabled: true, labels: null}
`)
	for name, spec := range h.objects(t, nulls).jobSpecs() {
		pod := spec.Template.Spec
		if pod.SecurityContext != nil || pod.Containers[0].SecurityContext != nil {
			t.Errorf("%s still has a security context", name)
		}
		if got := pod.Containers[0].Image; got != pod.Containers[0].Name+":"+spec.Template.Labels["app.kubernetes.io/version"] {
			t.Errorf("%s: without a registry the image is %s", name, got)
		}
	}
	none := "--set=tasks.keycloak-roles=null,tasks.harbor-projects=null,tasks.gitea-repos=null,tasks.drone-activate=null"
	if rest := h.objects(t, none); len(rest.podSpecs()) != 0 || len(rest.ServiceAccounts) != 0 || len(rights(rest)) != 0 {
		t.Errorf("a task that is null leaves something behind: %v", rest)
	}
}

// Helm 3 hands the null of a setting on, which is refused; Helm 4 drops it, so
// that the default holds.
func TestSettingIsNull(t *testing.T) {
	out, err := newHelm(t).run(t, "template", release, chartDir, "--kube-version="+oldest, valuesFile(t, "tasks: {keycloak-roles: {timeoutSeconds: null}}"))
	if err == nil && strings.Count(out, "--timeout=600s") != strings.Count(out, "--timeout=") {
		t.Errorf("a run without a bound:\n%s", out)
	}
	if err != nil && !strings.Contains(err.Error(), "'/tasks/keycloak-roles/timeoutSeconds'") {
		t.Errorf("the message does not name the setting: %v", err)
	}
}

func TestOlderKubernetesIsRefused(t *testing.T) {
	_, err := newHelm(t).run(t, "template", release, chartDir, "--kube-version=1.30.9")
	if err == nil || !strings.Contains(err.Error(), "chart requires kubeVersion") {
		t.Errorf("Kubernetes 1.30 has no stable podFailurePolicy, but: %v", err)
	}
}
