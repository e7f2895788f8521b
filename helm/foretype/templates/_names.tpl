{{/* The release's name, once, short enough for the suffixes of its parts. */}}
{{- define "foretype.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels that select a part's pods: (list $ "api"). */}}
{{- define "foretype.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* All labels of a part: (list $ "api"). */}}
{{- define "foretype.labels" -}}
{{- $root := index . 0 -}}
{{ include "foretype.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* The reference of an image: (list $ .Values.api.image). */}}
{{- define "foretype.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- if eq $image.tag "latest" }}{{ fail (printf "the tag of %s: name a version, latest is another one each day" $image.repository) }}{{ end }}
{{- with $root.Values.image.registry }}{{ . }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default $root.Chart.AppVersion }}{{ end }}
{{- end }}

{{/* Whether the API asks vLLM ("true") or predicts itself (""). */}}
{{- define "foretype.remote" -}}
{{- if and .Values.pool.enabled .Values.remote.urls }}{{ fail "pool.enabled and remote.urls exclude each other: the API asks either its own pool or other servers" }}{{ end }}
{{- if or .Values.pool.enabled .Values.remote.urls }}true{{ end }}
{{- end }}

{{/* Whether there is a router ("true"). */}}
{{- define "foretype.routed" -}}
{{- if and .Values.pool.enabled .Values.router.enabled }}true{{ end }}
{{- end }}

{{/* Where each pod of the pool answers, as a JSON list under "urls". Names outlive their pods. */}}
{{- define "foretype.workers" -}}
{{- $pool := printf "%s-pool" (include "foretype.name" .) }}
{{- $urls := list }}
{{- range until (int .Values.pool.replicas) }}
{{- $urls = append $urls (printf "http://%s-%d.%s:8001" $pool . $pool) }}
{{- end }}
{{- dict "urls" $urls | toJson }}
{{- end }}

{{/* The servers that the API asks, as the setting is written. */}}
{{- define "foretype.remoteUrls" -}}
{{- if include "foretype.routed" . }}{{ printf "http://%s-router:8002" (include "foretype.name" .) }}
{{- else if .Values.pool.enabled }}{{ (include "foretype.workers" . | fromJson).urls | join "," }}
{{- else }}{{ .Values.remote.urls | join "," }}{{ end }}
{{- end }}

{{/* The Secret's name. */}}
{{- define "foretype.secret" -}}
{{- .Values.existingSecret | default (include "foretype.name" .) }}
{{- end }}

{{/* A value as a variable's text; whole numbers without an exponent. */}}
{{- define "foretype.text" -}}
{{- if and (kindIs "float64" .) (eq (float64 (int64 .)) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/*
The settings that a part reads, as a ConfigMap holds them: (list $ "api").
No part is given the others', so that none restarts for them.
*/}}
{{- define "foretype.settings" -}}
{{- $part := index . 1 -}}
{{- range $name, $value := (index . 0).Values.settings }}
{{- $vllm := hasPrefix "FORETYPE_VLLM_" $name }}
{{- $model := hasPrefix "FORETYPE_MODEL_" $name }}
{{- if or (and (eq $part "api") (not $vllm)) (and (eq $part "pool") (or $vllm $model)) }}
{{ $name }}: {{ include "foretype.text" $value | quote }}
{{- end }}
{{- end }}
{{- end }}
