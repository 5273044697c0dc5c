{{/* The chart's name, as used in labels. */}}
{{- define "core.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The prefix of all names: the release, followed by the chart unless the release already contains it. */}}
{{- define "core.fullname" -}}
{{- $name := include "core.name" . -}}
{{- $default := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $default .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
The name of a task's objects: prefix and task, in at most 52 characters, which
is all that Kubernetes allows a CronJob. Takes {root, name}.
*/}}
{{- define "core.taskName" -}}
{{- $room := sub 51 (len .name) | int -}}
{{- printf "%s-%s" (include "core.fullname" .root | trunc $room | trimSuffix "-") .name -}}
{{- end -}}

{{/* The name of the Secret that holds the inline Otomi Values. */}}
{{- define "core.valuesName" -}}
{{- printf "%s-values" (include "core.fullname" . | trunc 56 | trimSuffix "-") -}}
{{- end -}}

{{/* The name of the Secret that holds the credentials given as values. Takes {root, name}. */}}
{{- define "core.credentialsName" -}}
{{- printf "%s-credentials" (include "core.taskName" .) -}}
{{- end -}}

{{/* A name for what belongs to no namespace. Takes {root, name}, name being what follows the release. */}}
{{- define "core.clusterName" -}}
{{- printf "%s-%s-%s" .root.Release.Namespace (include "core.fullname" .root) .name -}}
{{- end -}}

{{/* The labels of every object; the chart's own win. */}}
{{- define "core.labels" -}}
{{- $labels := dict
      "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
      "app.kubernetes.io/name" (include "core.name" .)
      "app.kubernetes.io/instance" .Release.Name
      "app.kubernetes.io/version" .Chart.AppVersion
      "app.kubernetes.io/managed-by" .Release.Service
      "app.kubernetes.io/part-of" "otomi" -}}
{{- merge $labels (.Values.commonLabels | default dict) | toYaml -}}
{{- end -}}

{{/* The labels of a task's objects. Takes {root, name}. */}}
{{- define "core.taskLabels" -}}
{{- merge (dict "app.kubernetes.io/component" .name) (include "core.labels" .root | fromYaml) | toYaml -}}
{{- end -}}

{{/* The labels of a task's pods. Takes {root, name, task}. */}}
{{- define "core.podLabels" -}}
{{- merge (include "core.taskLabels" . | fromYaml) (.task.podLabels | default dict) | toYaml -}}
{{- end -}}

{{/* The annotations of a task's test pod. Takes {root, name, task}. */}}
{{- define "core.testAnnotations" -}}
{{- $hook := dict
      "helm.sh/hook" "test"
      "helm.sh/hook-weight" (toString (int64 .task.hook.weight))
      "helm.sh/hook-delete-policy" "before-hook-creation" -}}
{{- merge $hook (.task.podAnnotations | default dict) | toYaml -}}
{{- end -}}

{{/*
A task's settings as JSON: its own over the defaults, checked for what a schema
cannot say because it sees the two apart. Takes {root, name}.
*/}}
{{- define "core.task" -}}
{{- $own := index .root.Values.tasks .name | default dict -}}
{{- $task := mergeOverwrite (deepCopy .root.Values.taskDefaults) (deepCopy $own) -}}
{{- if and $task.enabled (eq $task.mode "cronjob-only") (not $task.cronJob.enabled) -}}
{{- fail (printf "tasks.%s: mode is cronjob-only and cronJob.enabled is false, so nothing would ever run; set cronJob.suspend to keep it for runs by hand" .name) -}}
{{- end -}}
{{- if and $task.enabled (not $task.serviceAccount.mountToken) (ne .name "keycloak-roles") (not (contains "--secrets-dir" (toJson $task.extraArgs))) -}}
{{- fail (printf "tasks.%s: serviceAccount.mountToken is false, but this task keeps Secrets in the cluster unless extraArgs hold --secrets-dir" .name) -}}
{{- end -}}
{{- with $task.job.activeDeadlineSeconds -}}
{{- if le (int64 .) (int64 $task.timeoutSeconds) -}}
{{- fail (printf "tasks.%s: job.activeDeadlineSeconds (%d) must be above timeoutSeconds (%d), or Kubernetes kills the run before it can report" $.name (int64 .) (int64 $task.timeoutSeconds)) -}}
{{- end -}}
{{- end -}}
{{- toJson $task -}}
{{- end -}}

{{/* The name of a task's ServiceAccount. Takes {root, name, task}. */}}
{{- define "core.serviceAccountName" -}}
{{- $default := ternary (include "core.taskName" .) "default" .task.serviceAccount.create -}}
{{- default $default .task.serviceAccount.name -}}
{{- end -}}

{{/* The names of the enabled tasks in the order in which their hooks run, as a JSON list. */}}
{{- define "core.taskNames" -}}
{{- $order := list -}}
{{- range $name, $_ := .Values.tasks -}}
{{- $task := include "core.task" (dict "root" $ "name" $name) | fromJson -}}
{{- if $task.enabled -}}
{{- $order = append $order (printf "%012d %s" (add 1000000000 (int64 $task.hook.weight)) $name) -}}
{{- end -}}
{{- end -}}
{{- $names := list -}}
{{- range sortAlpha $order -}}
{{- $names = append $names (splitList " " . | last) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The subject of a task's bindings. Takes {root, name, task}. */}}
{{- define "core.subject" -}}
- kind: ServiceAccount
  name: {{ include "core.serviceAccountName" . }}
  namespace: {{ .root.Release.Namespace }}
{{- end -}}

{{/* The Leases of a task in this release, one for each shard, as a JSON list. Takes {root, name, task}. */}}
{{- define "core.leases" -}}
{{- $shards := int .task.shards -}}
{{- $leases := list -}}
{{- if eq $shards 1 -}}
{{- $leases = list (printf "%s-%s" .root.Release.Name .name) -}}
{{- else -}}
{{- range $index := until $shards -}}
{{- $leases = append $leases (printf "%s-%s-%d-of-%d" $.root.Release.Name $.name $index $shards) -}}
{{- end -}}
{{- end -}}
{{- toJson $leases -}}
{{- end -}}

{{/*
The Secrets of what a task remembers, as a JSON list: its own, the parts of a
large one, and the one that earlier versions of the chart had. Takes {root, name}.
*/}}
{{- define "core.inventories" -}}
{{- $own := printf "otomi-tasks-%s-%s" .root.Release.Name .name -}}
{{- $names := list $own -}}
{{- range $part := untilStep 1 9 1 -}}
{{- $names = append $names (printf "%s-%d" $own $part) -}}
{{- end -}}
{{- append $names (printf "otomi-tasks-%s" .name) | toJson -}}
{{- end -}}

{{/*
The schedule of a task. One of every so many minutes starts two minutes later
for each task in the order of the hooks. Takes {root, name, task}.
*/}}
{{- define "core.schedule" -}}
{{- $fields := splitList " " .task.cronJob.schedule -}}
{{- $every := first $fields | trimPrefix "*/" | atoi -}}
{{- $place := 0 -}}
{{- range $index, $name := include "core.taskNames" .root | fromJsonArray -}}
{{- if eq $name $.name }}{{ $place = $index }}{{ end -}}
{{- end -}}
{{- $start := mul 2 $place -}}
{{- if and (hasPrefix "*/" .task.cronJob.schedule) (gt $start 0) (lt $start $every) -}}
{{- printf "%d-59/%d %s" $start $every (rest $fields | join " ") -}}
{{- else -}}
{{- .task.cronJob.schedule -}}
{{- end -}}
{{- end -}}

{{/* A task's image. Takes {root, name, task}. */}}
{{- define "core.image" -}}
{{- with .task.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .name }}
{{- if .task.image.digest }}@{{ .task.image.digest }}{{ else }}:{{ .task.image.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}


{{/* The ports of the simulated applications, as JSON. */}}
{{- define "core.simulatorPorts" -}}
{"keycloak": 8081, "harbor": 8082, "gitea": 8083, "drone": 8084}
{{- end -}}

{{/*
Where a task finds the simulated applications and how it logs in, as JSON. Their
passwords guard nothing. Takes {root, name}.
*/}}
{{- define "core.simulated" -}}
{{- $scope := dict "root" .root "name" "simulator" -}}
{{- $at := dict -}}
{{- range $app, $port := include "core.simulatorPorts" .root | fromJson -}}
{{- $_ := set $at $app (printf "http://%s.%s:%d" (include "core.taskName" $scope) $.root.Release.Namespace (int $port)) -}}
{{- end -}}
{{- $password := "simulated-admin" -}}
{{- $gitea := dict "GITEA_URL" $at.gitea "GITEA_PASSWORD" $password "DRONE_URL" $at.drone -}}
{{- get (dict
      "keycloak-roles" (dict "KEYCLOAK_ADDRESS_INTERNAL" $at.keycloak "KEYCLOAK_ADMIN" "admin" "KEYCLOAK_ADMIN_PASSWORD" $password)
      "harbor-projects" (dict "HARBOR_BASE_URL" $at.harbor "HARBOR_USER" "admin" "HARBOR_PASSWORD" $password)
      "gitea-repos" $gitea
      "drone-activate" (merge (dict "DRONE_TOKEN" $password) $gitea)
    ) .name | toJson -}}
{{- end -}}
