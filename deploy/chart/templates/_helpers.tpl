{{/* A Service has this name: at most 63 characters, no dots, and a letter first. A release's name may be otherwise. */}}
{{- define "detour.fullname" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- $name = .Values.fullnameOverride | default ($name | replace "." "-" | trunc 63 | trimSuffix "-") -}}
{{- if not (regexMatch "^[a-z]" $name) -}}
{{- fail (printf "the release's name %s begins with a digit, which a Service's may not: choose another, or set fullnameOverride" .Release.Name) -}}
{{- end -}}
{{ $name }}
{{- end }}

{{/* What Services, workloads and policies find the webhook's Pods by; it never changes. */}}
{{- define "detour.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ toYaml .Release.Name }}
app.kubernetes.io/component: webhook
{{- end }}

{{- define "detour.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "detour.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: image-detour
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "detour.metadata" -}}
{{ include "detour.namedMetadata" (list . (include "detour.fullname" .)) }}
{{- end }}

{{/* The same with another name: (list . NAME). A namespace may be called 123, which YAML takes for a number. */}}
{{- define "detour.namedMetadata" -}}
{{- $context := index . 0 -}}
name: {{ toYaml (index . 1) }}
namespace: {{ toYaml $context.Release.Namespace }}
labels:
  {{- include "detour.labels" $context | nindent 2 }}
{{- end }}

{{- define "detour.clusterMetadata" -}}
name: {{ include "detour.fullname" . }}
labels:
  {{- include "detour.labels" . | nindent 2 }}
{{- end }}

{{/* The name that the API server calls it by. */}}
{{- define "detour.host" -}}
{{ include "detour.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* The name of the MutatingWebhookConfiguration, which the webhook keeps the caBundle of. */}}
{{- define "detour.registration" -}}
{{ .Values.webhook.name | default (include "detour.fullname" .) }}
{{- end }}

{{- define "detour.image" -}}
{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "detour.rulesConfigMap" -}}
{{ .Values.rules.existingConfigMap | default (printf "%s-rules" (include "detour.fullname" .)) }}
{{- end }}

{{/*
The text of the rules in the values, or of the default rules if there are none. A file that is empty must not become the
default rules: they name somebody else's mirror. Helm 3 and 4 read YAML with Go's reader, which finds mistakes of syntax
before anything changes; `detour check` finds all others.
*/}}
{{- define "detour.rules" -}}
{{- $content := .Values.rules.content -}}
{{- if kindIs "invalid" $content -}}
{{- $content = .Files.Get "files/default-rules.yaml" -}}
{{- end -}}
{{- $text := kindIs "string" $content | ternary $content (toYaml $content) -}}
{{- $read := fromYaml $text -}}
{{- if not $read -}}
{{- fail "rules.content is empty: give it your rules file (--set-file rules.content=detour.yaml), or leave it out for the default rules" -}}
{{- else if and (hasKey $read "Error") (not (hasKey $read "rules")) -}}
{{- fail (printf "rules.content is not a rules file: %s; detour check shows every mistake with its line" $read.Error) -}}
{{- end -}}
{{ $text | trimSuffix "\n" }}
{{- end }}

{{- define "detour.certificateSecret" -}}
{{- if eq .Values.certificate.mode "existing" -}}
{{ required "certificate.mode existing needs certificate.secretName" .Values.certificate.secretName }}
{{- else if eq .Values.certificate.mode "certManager" -}}
{{- /* Another than its own: cert-manager's stays when the mode is switched, and is not Helm's. */ -}}
{{ include "detour.fullname" . }}-tls
{{- else -}}
{{ include "detour.fullname" . }}-certificate
{{- end -}}
{{- end }}

{{/* The number of replicas, or the least with autoscaling. */}}
{{- define "detour.minReplicas" -}}
{{ .Values.autoscaling.enabled | ternary .Values.autoscaling.minReplicas .Values.replicas }}
{{- end }}

{{/* Not empty where the Kubernetes API is called: only then a token is mounted and the way to it open. */}}
{{- define "detour.callsApi" -}}
{{- if or (eq .Values.certificate.mode "own") .Values.webhook.create .Values.events .Values.namespaceRules .Values.ecrPullSecret.name -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if it keeps the last good rules, which takes access to the Kubernetes API. */}}
{{- define "detour.keepsLastGood" -}}
{{- if and .Values.rules.keepLastGood (include "detour.callsApi" .) -}}
true
{{- end -}}
{{- end }}

{{/* The ConfigMap that it keeps them in. */}}
{{- define "detour.lastGoodRules" -}}
{{ include "detour.fullname" . }}-last-good-rules
{{- end }}

{{/* Not empty if Fail is wanted. The registration begins with Ignore, and the webhook raises it. */}}
{{- define "detour.raisesPolicy" -}}
{{- if and .Values.webhook.create (eq .Values.webhook.failurePolicy "Fail") -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if it writes its registration: the caBundle, or failurePolicy. */}}
{{- define "detour.writesWebhook" -}}
{{- if or (and (eq .Values.certificate.mode "own") .Values.webhook.create) (include "detour.raisesPolicy" .) -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if the API server knows ValidatingAdmissionPolicies, since Kubernetes 1.30. */}}
{{- define "detour.hasPolicies" -}}
{{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if a policy limits that right. */}}
{{- define "detour.hasAccountPolicy" -}}
{{- if and (include "detour.writesWebhook" .) .Values.serviceAccount.admissionPolicy (include "detour.hasPolicies" .) -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if the rules, as far as they are in the values, close the exit "label". */}}
{{- define "detour.rulesCloseLabel" -}}
{{- $rules := dict -}}
{{- if not .Values.rules.existingConfigMap }}{{ $rules = include "detour.rules" . | fromYaml }}{{ end -}}
{{- if hasKey $rules "exits" -}}
{{- if kindIs "slice" $rules.exits -}}
{{- if not (has "label" $rules.exits) }}true{{ end -}}
{{- else if eq (toString $rules.exits) "none" -}}
true
{{- end -}}
{{- end -}}
{{- end }}

{{/* Not empty if a label keeps a Pod from the webhook. */}}
{{- define "detour.hasOptOutLabel" -}}
{{- if and .Values.webhook.optOutLabel (not (include "detour.rulesCloseLabel" .)) -}}
true
{{- end -}}
{{- end }}

{{/* Restricted Pod security, of a container. */}}
{{- define "detour.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Restricted Pod security, of a Pod. */}}
{{- define "detour.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Where a Pod may run, and with which Secrets its image is pulled; may be empty. */}}
{{- define "detour.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ toYaml . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The rest of a binding of an account of the release: (list . KIND NAME ACCOUNT). */}}
{{- define "detour.binding" -}}
{{- $context := index . 0 -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index . 1 }}
  name: {{ index . 2 }}
subjects:
  - kind: ServiceAccount
    name: {{ index . 3 }}
    namespace: {{ toYaml $context.Release.Namespace }}
{{- end }}
