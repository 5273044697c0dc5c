{{/*
The Job spec of a task, shared by its Job and its CronJob.
Takes {root, name, task}.
*/}}
{{- define "core.jobSpec" -}}
{{- if gt (int .task.shards) 1 }}
completionMode: Indexed
completions: {{ int .task.shards }}
parallelism: {{ int .task.shards }}
# One shard's failures use up no attempt of another.
backoffLimitPerIndex: {{ int64 .task.job.backoffLimit }}
{{- else }}
backoffLimit: {{ int64 .task.job.backoffLimit }}
{{- end }}
activeDeadlineSeconds: {{ .task.job.activeDeadlineSeconds | default (mul (add (int64 .task.timeoutSeconds) 60) (add (int64 .task.job.backoffLimit) 1)) | int64 }}
podFailurePolicy:
  rules:
    # A pod that was drained or preempted is replaced and uses up no attempt.
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: "True"
    # Wrong input, a refused plan, missing rights, not converged, out of memory
    # (137): no retry helps. One shard's failure leaves the others running.
    - action: {{ ternary "FailIndex" "FailJob" (gt (int .task.shards) 1) }}
      onExitCodes:
        containerName: {{ .name }}
        operator: In
        values: [3, 4, 5, 7, 137]
template:
  metadata:
    labels:
      {{- include "core.podLabels" . | nindent 6 }}
    {{- with .task.podAnnotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    {{- include "core.podSpec" . | nindent 4 }}
{{- end -}}

{{/* The pod of a task. Takes {root, name, task}, and {verb} for another than apply. */}}
{{- define "core.podSpec" -}}
restartPolicy: Never
serviceAccountName: {{ include "core.serviceAccountName" . }}
automountServiceAccountToken: {{ .task.serviceAccount.mountToken }}
# A Service named "keycloak" or "gitea" would otherwise put variables like GITEA_PORT into the container.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ int64 .task.terminationGracePeriodSeconds }}
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .task.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .task.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - {{ include "core.container" . | indent 4 | trim }}
{{- with include "core.volumes" . }}
volumes:
  {{- . | trim | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The one container of a task. Takes {root, name, task}. */}}
{{- define "core.container" -}}
name: {{ .name }}
image: {{ include "core.image" . | quote }}
imagePullPolicy: {{ .task.image.pullPolicy }}
args:
  {{- include "core.args" . | nindent 2 }}
env:
  {{- include "core.env" . | nindent 2 }}
{{- with .task.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .task.containerSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
terminationMessagePath: /dev/termination-log
terminationMessagePolicy: FallbackToLogsOnError
{{- with include "core.volumeMounts" . }}
volumeMounts:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The arguments: the image's entry point is the task's binary. Takes {root, name, task, verb, hook}. */}}
{{- define "core.args" -}}
- {{ .verb | default "apply" }}
{{- range $index, $source := .root.Values.otomiValues.from }}
{{- if $source.git }}
- {{ include "core.gitSource" $source.git | toRawJson }}
{{- else }}
- --values=/etc/otomi/values/{{ include "core.sourcePath" (dict "index" $index "source" $source) }}
{{- end }}
{{- end }}
{{- if .root.Values.otomiValues.inline }}
- --values=/etc/otomi/values/inline/values.yaml
{{- end }}
{{- with .root.Values.platform }}
{{- if .secrets }}
- --from-platform=credentials{{ if and .users (eq .secrets "apl6") (eq $.name "keycloak-roles") }},users{{ end }}
{{- end }}
{{- end }}
- --release={{ .root.Release.Name }}
{{- with .root.Values.installation }}
- --installation={{ . }}
{{- end }}
{{- /* Helm prints the log of a hook to a person. */}}
{{- $format := ternary "text" .task.logFormat (and (eq .task.logFormat "auto") (default false .hook)) }}
{{- if ne $format "auto" }}
- --log-format={{ $format }}
{{- end }}
- --policy={{ .task.policy }}
- --timeout={{ int64 .task.timeoutSeconds }}s
{{- if eq .verb "plan" }}
- --detailed-exitcode
{{- else if gt (int .task.shards) 1 }}
- --shard=$(JOB_COMPLETION_INDEX)/{{ int .task.shards }}
{{- end }}
{{- if and .fullEvery (ne .name "keycloak-roles") }}
- --full-every={{ .fullEvery }}
{{- end }}
{{- range .task.extraArgs }}
- {{ tpl . $.root | toRawJson }}
{{- end }}
{{- end -}}

{{/* A values source in a Git repository. */}}
{{- define "core.gitSource" -}}
{{- $query := list -}}
{{- range $key := list "ref" "path" -}}
{{- with index $ $key -}}
{{- $query = append $query (printf "%s=%s" $key (urlquery . | replace "%2F" "/")) -}}
{{- end -}}
{{- end -}}
--values=git+{{ .url }}{{ with $query }}?{{ join "&" . }}{{ end }}
{{- end -}}

{{/*
The environment. The pod's own fields come first, as $(POD_NAME) refers only to
what precedes it; the rest is sorted by name, each name once, and
extraEnv wins. Takes {root, name, task}.
*/}}
{{- define "core.env" -}}
{{- $env := dict -}}
{{- range $variable, $reference := .task.credentials -}}
{{- if $reference -}}
{{- $_ := set $env (printf "%s_FILE" $variable) (printf "/etc/otomi/credentials/%s" (include "core.credentialPath" (dict "scope" $ "variable" $variable "reference" $reference))) -}}
{{- end -}}
{{- end -}}
{{- if .root.Values.global.caBundle.configMap -}}
{{- $_ := set $env "NODE_EXTRA_CA_CERTS" (printf "/etc/otomi/ca/%s/%s" .root.Values.global.caBundle.configMap .root.Values.global.caBundle.key) -}}
{{- end -}}
{{- if and (eq .name "gitea-repos") .root.Values.rbac.droneNamespace -}}
{{- $_ := set $env "DRONE_NAMESPACE" .root.Values.rbac.droneNamespace -}}
{{- end -}}
{{- if .root.Values.simulator.enabled -}}
{{- $env = mergeOverwrite $env (include "core.simulated" . | fromJson) -}}
{{- end -}}
{{- with .root.Values.telemetry -}}
{{- $_ := set $env "OTEL_RESOURCE_ATTRIBUTES" "k8s.namespace.name=$(POD_NAMESPACE),k8s.job.name=$(JOB_NAME),k8s.pod.name=$(POD_NAME)" -}}
{{- $env = mergeOverwrite $env . -}}
{{- end -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: JOB_NAME
  valueFrom: {fieldRef: {fieldPath: "metadata.labels['batch.kubernetes.io/job-name']"}}
- name: JOB_UID
  valueFrom: {fieldRef: {fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']"}}
{{- range $name, $value := mergeOverwrite $env (.task.extraEnv | default dict) }}
{{- if kindIs "string" $value }}
- name: {{ $name }}
  value: {{ tpl $value $.root | toRawJson }}
{{- else if $value }}
- name: {{ $name }}
  valueFrom:
    {{- toYaml $value | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The key of one entry of otomiValues.from that is a Secret or ConfigMap. */}}
{{- define "core.sourceKey" -}}
{{- (.secret | default .configMap).key | default "values.yaml" -}}
{{- end -}}

{{/*
The file of an entry of otomiValues.from below its mount. What is missing does
not keep the pod waiting: the task fails at once, and the path in its message
names the object and the key. Takes {index, source}.
*/}}
{{- define "core.sourcePath" -}}
{{- printf "%d/%s/%s" (int .index) (.source.secret | default .source.configMap).name (include "core.sourceKey" .source) -}}
{{- end -}}

{{/* The file of a credential below its mount, in the same way. Takes {scope, variable, reference}. */}}
{{- define "core.credentialPath" -}}
{{- printf "%s/%s/%s" .variable (.reference.secret | default (include "core.credentialsName" .scope)) (.reference.key | default .variable) -}}
{{- end -}}

{{/* What is mounted where. Takes {root, name, task}. */}}
{{- define "core.volumeMounts" -}}
{{- $mounts := list -}}
{{- if include "core.valuesSources" .root -}}
{{- $mounts = append $mounts (dict "name" "values" "mountPath" "/etc/otomi/values" "readOnly" true) -}}
{{- end -}}
{{- if compact (values (.task.credentials | default dict)) -}}
{{- $mounts = append $mounts (dict "name" "credentials" "mountPath" "/etc/otomi/credentials" "readOnly" true) -}}
{{- end -}}
{{- if .root.Values.global.caBundle.configMap -}}
{{- $mounts = append $mounts (dict "name" "ca" "mountPath" "/etc/otomi/ca" "readOnly" true) -}}
{{- end -}}
{{- with concat $mounts (.task.extraVolumeMounts | default list) }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* The volumes of core.volumeMounts. Takes {root, name, task}. */}}
{{- define "core.volumes" -}}
{{- with include "core.valuesSources" .root }}
- name: values
  projected:
    defaultMode: 288 # 0440: readable through fsGroup
    sources:
      {{- . | trim | nindent 6 }}
{{- end }}
{{- if compact (values (.task.credentials | default dict)) }}
- name: credentials
  projected:
    defaultMode: 288 # 0440
    sources:
      {{- range $variable, $reference := .task.credentials }}
      {{- with $reference }}
      - secret:
          name: {{ .secret | default (include "core.credentialsName" $) }}
          optional: true
          items:
            - key: {{ .key | default $variable }}
              path: {{ include "core.credentialPath" (dict "scope" $ "variable" $variable "reference" .) }}
      {{- end }}
      {{- end }}
{{- end }}
{{- with .root.Values.global.caBundle }}
{{- if .configMap }}
- name: ca
  configMap:
    name: {{ .configMap }}
    optional: true
    items:
      - key: {{ .key }}
        path: {{ .configMap }}/{{ .key }}
{{- end }}
{{- end }}
{{- with .task.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The projections that hold the Otomi Values, one folder each. */}}
{{- define "core.valuesSources" -}}
{{- range $index, $source := .Values.otomiValues.from }}
{{- if not $source.git }}
{{- $kind := ternary "secret" "configMap" (hasKey $source "secret") }}
{{- $key := include "core.sourceKey" $source }}
- {{ $kind }}:
    name: {{ (index $source $kind).name }}
    optional: true
    items:
      - key: {{ $key }}
        path: {{ include "core.sourcePath" (dict "index" $index "source" $source) }}
{{- end }}
{{- end }}
{{- if .Values.otomiValues.inline }}
- secret:
    name: {{ include "core.valuesName" . }}
    items:
      - key: values.yaml
        path: inline/values.yaml
{{- end }}
{{- end -}}
