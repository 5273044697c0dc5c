package tests

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// prometheusRule is the part of monitoring.coreos.com/v1 that the chart uses.
type prometheusRule struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Groups []struct {
			Name  string  `json:"name"`
			Rules []alert `json:"rules"`
		} `json:"groups"`
	} `json:"spec"`
}

type alert struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// alerts are the alerts that the chart renders, by name.
func alerts(t *testing.T, args ...string) map[string]alert {
	t.Helper()
	all := map[string]alert{}
	for _, rule := range newHelm(t).objects(t, append(args, "--values=../ci/monitoring-values.yaml")...).PrometheusRules {
		for _, group := range rule.Spec.Groups {
			for _, a := range group.Rules {
				all[a.Alert] = a
			}
		}
	}
	return all
}

// What kube-state-metrics says, minute by minute, about tasks in every state:
// the alerts must fire for those that a person should look at, and for no other.
// staleAfterSeconds is 3600 there.
func TestAlerts(t *testing.T) {
	const at = "120m" // 7200 s
	const otomi = `namespace="otomi", `
	cases := map[string]struct {
		reason string
		alert  string
		series []string
		fires  []string
	}{
		"Failed": {"A Job that failed lately.", "OtomiTaskFailed", []string{
			`kube_job_failed{` + otomi + `job_name="core-keycloak-roles-1", condition="true"} 1x120`,
			`kube_job_status_start_time{` + otomi + `job_name="core-keycloak-roles-1"} 7000x120`,
		}, []string{`{` + otomi + `job_name="core-keycloak-roles-1"} 1`}},
		"FailedHook": {"The hook's own Job has the bare name.", "OtomiTaskFailed", []string{
			`kube_job_failed{` + otomi + `job_name="core-harbor-projects", condition="true"} 1x120`,
			`kube_job_status_start_time{` + otomi + `job_name="core-harbor-projects"} 7000x120`,
		}, []string{`{` + otomi + `job_name="core-harbor-projects"} 1`}},
		"FailedLongAgo": {"It is kept, but it is old.", "OtomiTaskFailed", []string{
			`kube_job_failed{` + otomi + `job_name="core-keycloak-roles-1", condition="true"} 1x120`,
			`kube_job_status_start_time{` + otomi + `job_name="core-keycloak-roles-1"} 3000x120`,
		}, nil},
		"Succeeded": {"kube-state-metrics reports the condition as false, too.", "OtomiTaskFailed", []string{
			`kube_job_failed{` + otomi + `job_name="core-keycloak-roles-1", condition="true"} 0x120`,
			`kube_job_failed{` + otomi + `job_name="core-keycloak-roles-1", condition="false"} 1x120`,
			`kube_job_status_start_time{` + otomi + `job_name="core-keycloak-roles-1"} 7000x120`,
		}, nil},
		"Foreign": {"Jobs of others are theirs to watch.", "OtomiTaskFailed", []string{
			`kube_job_failed{` + otomi + `job_name="core-keycloak-rolesx", condition="true"} 1x120`,
			`kube_job_status_start_time{` + otomi + `job_name="core-keycloak-rolesx"} 7000x120`,
			`kube_job_failed{namespace="other", job_name="core-keycloak-roles-1", condition="true"} 1x120`,
			`kube_job_status_start_time{namespace="other", job_name="core-keycloak-roles-1"} 7000x120`,
		}, nil},
		"Stale": {"The last success is more than an hour old.", "OtomiTaskStale", []string{
			`kube_cronjob_created{` + otomi + `cronjob="core-keycloak-roles"} 0x120`,
			`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-keycloak-roles"} 0x120`,
			`kube_cronjob_status_last_successful_time{` + otomi + `cronjob="core-keycloak-roles"} 3000x120`,
		}, []string{`{` + otomi + `cronjob="core-keycloak-roles"} 4200`}},
		"NeverSucceeded": {"A CronJob without any success has no such series.", "OtomiTaskStale", []string{
			`kube_cronjob_created{` + otomi + `cronjob="core-harbor-projects"} 600x120`,
			`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-harbor-projects"} 0x120`,
		}, []string{`{` + otomi + `cronjob="core-harbor-projects"} 6600`}},
		"New": {"It had no time yet.", "OtomiTaskStale", []string{
			`kube_cronjob_created{` + otomi + `cronjob="core-harbor-projects"} 7000x120`,
			`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-harbor-projects"} 0x120`,
		}, nil},
		"Fresh": {"An old CronJob that succeeded lately.", "OtomiTaskStale", []string{
			`kube_cronjob_created{` + otomi + `cronjob="core-keycloak-roles"} 0x120`,
			`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-keycloak-roles"} 0x120`,
			`kube_cronjob_status_last_successful_time{` + otomi + `cronjob="core-keycloak-roles"} 7000x120`,
		}, nil},
		"StaleAndSuspended": {"It was suspended on purpose, and another alert reminds of it.", "OtomiTaskStale", []string{
			`kube_cronjob_created{` + otomi + `cronjob="core-keycloak-roles"} 0x120`,
			`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-keycloak-roles"} 1x120`,
		}, nil},
		"Suspended": {"By hand.", "OtomiTaskSuspended", []string{
			`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-keycloak-roles"} 1x120`,
		}, []string{`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-keycloak-roles"} 1`}},
		"SuspendedByValues": {"gitea-repos rests because the values say so.", "OtomiTaskSuspended", []string{
			`kube_cronjob_spec_suspend{` + otomi + `cronjob="core-gitea-repos"} 1x120`,
		}, nil},
	}
	all := alerts(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			expr := strings.ReplaceAll(all[tc.alert].Expr, "\n", " ")
			script := fmt.Sprintf("load 1m\n\t%s\n\neval instant at %s %s\n\t%s\n", strings.Join(tc.series, "\n\t"), at, expr, strings.Join(tc.fires, "\n\t"))
			if t.Run("Fires", func(t *testing.T) {
				promqltest.RunTest(t, script, promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery))
			}); t.Failed() {
				t.Errorf("%s\n%s", tc.reason, script)
			}
		})
	}
}

// Where nothing runs by schedule there is nothing to be stale.
func TestAlertsWithoutSchedule(t *testing.T) {
	all := alerts(t, "--set=taskDefaults.mode=hook,taskDefaults.cronJob.enabled=false")
	if _, failed := all["OtomiTaskFailed"]; !failed || len(all) != 1 {
		t.Errorf("got %d alerts, want the one about failed Jobs", len(all))
	}
}

// The dashboard is JSON whose queries Prometheus understands.
func TestDashboard(t *testing.T) {
	var maps []string
	for _, config := range newHelm(t).objects(t, "--values=../ci/monitoring-values.yaml").ConfigMaps {
		maps = append(maps, config.Data["otomi-tasks.json"])
	}
	if len(maps) != 1 {
		t.Fatalf("%d ConfigMaps, want one", len(maps))
	}
	var dashboard struct {
		UID    string
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(maps[0]), &dashboard); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, panel := range dashboard.Panels {
		if seen[panel.ID] || len(panel.Targets) == 0 {
			t.Errorf("panel %q has no query, or the number %d of another", panel.Title, panel.ID)
		}
		seen[panel.ID] = true
		for _, target := range panel.Targets {
			checkQuery(t, panel.Title, strings.NewReplacer("$namespace", "otomi", "$cronjob", "core-.*").Replace(target.Expr))
		}
	}
	if dashboard.UID == "" || len(seen) < 5 {
		t.Errorf("the dashboard has the uid %q and %d panels", dashboard.UID, len(seen))
	}
}

var metricPattern = regexp.MustCompile(`\b(kube|container)_[a-z_]+`)

// checkQuery parses a query and looks its metrics up among those that
// kube-state-metrics and the kubelet are known to have.
func checkQuery(t *testing.T, where, query string) {
	t.Helper()
	known := []string{
		"container_memory_working_set_bytes", "kube_cronjob_next_schedule_time", "kube_cronjob_spec_suspend",
		"kube_cronjob_status_last_successful_time", "kube_job_status_completion_time", "kube_job_status_failed", "kube_job_status_start_time",
	}
	if _, err := parser.NewParser(parser.Options{}).ParseExpr(query); err != nil {
		t.Errorf("%s: %v", where, err)
	}
	for _, metric := range metricPattern.FindAllString(query, -1) {
		if !slices.Contains(known, metric) {
			t.Errorf("%s: nothing exports %s", where, metric)
		}
	}
}
