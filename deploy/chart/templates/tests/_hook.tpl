{{/*
The metadata of an object of helm test: (list . WEIGHT NAMESPACE DELETION); the namespace is empty for an object of the cluster. Helm
creates these in the order of their weights, and deletes them by the last, a helm.sh/hook-delete-policy.
*/}}
{{- define "detour.testMetadata" -}}
{{- $context := index . 0 -}}
name: {{ include "detour.testName" $context }}
{{- with index . 2 }}
namespace: {{ toYaml . }}
{{- end }}
labels:
  {{- include "detour.labels" $context | replace "component: webhook" "component: test" | nindent 2 }}
annotations:
  helm.sh/hook: test
  helm.sh/hook-weight: {{ index . 1 | quote }}
  helm.sh/hook-delete-policy: {{ index . 3 }}
{{- end }}

{{- define "detour.testName" -}}
{{ include "detour.fullname" . }}-test
{{- end }}
