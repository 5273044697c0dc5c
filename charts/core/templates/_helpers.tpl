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

{{/* The labels of every object. */}}
{{- define "core.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ include "core.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: otomi
{{- end -}}

{{/* The labels of a task's objects. Takes {root, name}. */}}
{{- define "core.taskLabels" -}}
{{ include "core.labels" .root }}
app.kubernetes.io/component: {{ .name }}
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

{{/* A task's image. Takes {root, name, task}. */}}
{{- define "core.image" -}}
{{- with .task.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .name }}
{{- if .task.image.digest }}@{{ .task.image.digest }}{{ else }}:{{ .task.image.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}
