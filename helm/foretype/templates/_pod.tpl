{{/* What every pod template starts with: (list $ "api" "8000"), the last being its metrics' port if it has any. */}}
{{- define "foretype.podMetadata" -}}
{{- $root := index . 0 -}}
labels: {{- include "foretype.selector" (list $root (index . 1)) | nindent 2 }}
{{- with include "foretype.podAnnotations" . }}
annotations: {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "foretype.podAnnotations" -}}
{{- $root := index . 0 -}}
{{- with include "foretype.settings" (list $root (index . 1)) -}}
checksum/settings: {{ sha256sum . }}
{{ end }}
{{- if and (gt (len .) 2) (not $root.Values.podMonitor.enabled) -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ index . 2 | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end }}

{{/* What every pod's spec has in common: (list $ "api" .Values.api). */}}
{{- define "foretype.podSpec" -}}
{{- $root := index . 0 -}}
{{- $part := index . 2 -}}
serviceAccountName: {{ include "foretype.name" $root }}
automountServiceAccountToken: false
# A Service of this namespace would add variables such as FORETYPE_PORT, which the server refuses.
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "foretype.selector" (list $root (index $ 1)) | nindent 8 }}
  {{- end }}
{{- with $part.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $part.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container has in common: (list $ .Values.api). */}}
{{- define "foretype.container" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
image: {{ include "foretype.image" (list $root $part.image) | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Of containers that are asked: endpoints are told of a pod's end a little later than the pod. */}}
{{- define "foretype.lifecycle" -}}
lifecycle:
  preStop:
    sleep: {seconds: 5}
{{- end }}

{{/* The further variables of API, pool and judge. */}}
{{- define "foretype.env" -}}
{{- range .Values.env }}
{{- if hasPrefix "FORETYPE_" .name }}{{ fail (printf "env: %s belongs into settings" .name) }}{{ end }}
- {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where a pod may write, and the models that it may read. */}}
{{- define "foretype.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: cache, mountPath: /cache}
{{- if .Values.modelVolume }}
- {name: models, mountPath: /srv/models, readOnly: true}
{{- end }}
{{- end }}

{{/* The volumes behind these mounts, but for the cache. */}}
{{- define "foretype.volumes" -}}
- {name: tmp, emptyDir: {}}
{{- with .Values.modelVolume }}
- name: models
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
