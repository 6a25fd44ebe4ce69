{{- define "detour.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name -}}
{{ .Release.Name }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name }}
{{- end -}}
{{- end }}

{{/* What Services, workloads and policies find the webhook's Pods by; it never changes. */}}
{{- define "detour.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end }}

{{- define "detour.labels" -}}
{{ include "detour.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "detour.metadata" -}}
name: {{ include "detour.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "detour.labels" . | nindent 2 }}
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

{{- define "detour.image" -}}
{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "detour.rulesConfigMap" -}}
{{ .Values.rules.existingConfigMap | default (printf "%s-rules" (include "detour.fullname" .)) }}
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

{{/* Not empty where the Kubernetes API is called: only then a token is mounted and the way to it open. */}}
{{- define "detour.callsApi" -}}
{{- if or (eq .Values.certificate.mode "own") .Values.events .Values.namespaceRules .Values.ecrPullSecret.name -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if it keeps the caBundle of its registration, and so may update that. */}}
{{- define "detour.keepsWebhook" -}}
{{- if and (eq .Values.certificate.mode "own") .Values.webhook.create -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if a policy limits that right. Kubernetes has such policies since 1.30. */}}
{{- define "detour.hasAccountPolicy" -}}
{{- if and (include "detour.keepsWebhook" .) .Values.serviceAccount.admissionPolicy (semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version) -}}
true
{{- end -}}
{{- end }}

{{/* Not empty if the rules, as far as they are in the values, close the exit "label". */}}
{{- define "detour.rulesCloseLabel" -}}
{{- $rules := .Values.rules.content | default dict -}}
{{- if kindIs "string" $rules }}{{ $rules = fromYaml $rules }}{{ end -}}
{{- if and (not .Values.rules.existingConfigMap) (hasKey $rules "exits") -}}
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

{{/* The rest of a binding of the release's account: (list . KIND NAME). */}}
{{- define "detour.binding" -}}
{{- $context := index . 0 -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index . 1 }}
  name: {{ index . 2 }}
subjects:
  - kind: ServiceAccount
    name: {{ include "detour.fullname" $context }}
    namespace: {{ $context.Release.Namespace }}
{{- end }}
