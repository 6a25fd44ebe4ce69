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
