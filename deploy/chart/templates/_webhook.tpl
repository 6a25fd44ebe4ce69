{{/* The names of the namespaces that registration and compiled policy leave out, as a list in YAML. */}}
{{- define "detour.excludedNamespaces" -}}
{{- $own := prepend (.Values.webhook.excludedNamespaces | default list) .Release.Namespace -}}
{{- .Values.webhook.includeKubeSystem | ternary $own (prepend $own "kube-system") | uniq | toYaml }}
{{- end }}

{{/* A selector of ours, and what a value adds to it: (list EXPRESSIONS VALUE). */}}
{{- define "detour.webhookSelector" -}}
{{- $more := index . 1 -}}
matchExpressions:
  {{- toYaml (concat (index . 0) ($more.matchExpressions | default list)) | nindent 2 }}
{{- with $more.matchLabels }}
matchLabels:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels or annotations: the chart's own, and those of the values: (list OWN VALUE). */}}
{{- define "detour.merged" -}}
{{- toYaml (merge (dict) (index . 0) (index . 1)) }}
{{- end }}

{{/* What a webhook has: (list . NAMESPACES), the last as expressions of a selector. */}}
{{- define "detour.webhook" -}}
{{- $notOptedOut := dict "key" "image-detour" "operator" "NotIn" "values" (list "disabled") }}
{{- $namespaces := append (index . 1) $notOptedOut }}
{{- with index . 0 -}}
clientConfig:
  # With a certificate of its own it keeps the caBundle itself: a key here would take it away at every upgrade.
  {{- if eq .Values.certificate.mode "existing" }}
  {{- with .Values.certificate.caBundle }}
  caBundle: {{ b64enc . }}
  {{- end }}
  {{- end }}
  service:
    namespace: {{ toYaml .Release.Namespace }}
    name: {{ include "detour.fullname" . }}
    path: /mutate
    port: 443
rules:
  - apiGroups: ['']
    apiVersions: [v1]
    operations: [CREATE, UPDATE]
    resources: [pods, pods/ephemeralcontainers]
    scope: Namespaced
failurePolicy: Ignore
matchPolicy: Equivalent
reinvocationPolicy: IfNeeded
sideEffects: None
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
admissionReviewVersions: [v1, v1beta1]
namespaceSelector:
  {{- include "detour.webhookSelector" (list $namespaces .Values.webhook.namespaceSelector) | nindent 2 }}
{{- $optOut := include "detour.hasOptOutLabel" . | empty | ternary list (list $notOptedOut) }}
{{- if or $optOut .Values.webhook.objectSelector }}
objectSelector:
  {{- include "detour.webhookSelector" (list $optOut .Values.webhook.objectSelector) | nindent 2 }}
{{- end }}
matchConditions:
  - name: not-a-static-pod
    expression: '!has(object.metadata.annotations) || !("kubernetes.io/config.mirror" in object.metadata.annotations) || !has(request.userInfo.groups) || !("system:nodes" in request.userInfo.groups)'
  - name: images-may-change
    expression: 'oldObject == null || has(request.subResource) && request.subResource != "" || (has(object.spec.containers) ? object.spec.containers.map(c, has(c.image) ? c.image : "") : []) != (has(oldObject.spec.containers) ? oldObject.spec.containers.map(c, has(c.image) ? c.image : "") : []) || (has(object.spec.initContainers) ? object.spec.initContainers.map(c, has(c.image) ? c.image : "") : []) != (has(oldObject.spec.initContainers) ? oldObject.spec.initContainers.map(c, has(c.image) ? c.image : "") : [])'
{{- end }}
{{- end }}
