{{/* Whether the one API pod keeps data on a volume ("true"). */}}
{{- define "foretype.dataVolume" -}}
{{- if .Values.data.volume.enabled }}
{{- if or .Values.api.autoscaling.enabled (gt (int .Values.api.replicas) 1) }}{{ fail "data.volume is for one API pod: for several name a Redis in data.existingSecret" }}{{ end -}}
true
{{- end }}
{{- end }}

{{/* Whether API pods share a Redis ("true"). */}}
{{- define "foretype.dataShared" -}}
{{- if and .Values.data.existingSecret (not .Values.data.volume.enabled) }}true{{ end }}
{{- end }}

{{/* Whether their master key is a file of that Secret ("true"): settings may name another, such as a service's. */}}
{{- define "foretype.dataKeys" -}}
{{- if and (include "foretype.dataShared" .) (not (hasKey .Values.settings "FORETYPE_DATA_MASTER_KEY")) }}true{{ end }}
{{- end }}

{{- define "foretype.dataEnv" -}}
{{- if include "foretype.dataVolume" . }}
- {name: FORETYPE_DATA_FOLDER, value: /srv/data}
- {name: FORETYPE_EXPERIMENTS_STORE, value: /srv/data/rollout.sqlite}
{{- end }}
{{- if include "foretype.dataKeys" . }}
- {name: FORETYPE_DATA_MASTER_KEY, value: "file:/srv/data-keys/master.key"}
{{- end }}
{{- if include "foretype.dataShared" . }}
{{- include "foretype.dataSecrets" (list . "FORETYPE_DATA_REDIS" "FORETYPE_DATA_LOG") }}
{{- end }}
{{- if include "foretype.experiments" . }}
{{- include "foretype.dataSecrets" (list . "FORETYPE_EXPERIMENTS_STORE") }}
{{- end }}
{{- if .Values.data.existingSecret }}
{{- include "foretype.dataSecrets" (list . "FORETYPE_DATA_ADMIN_TOKEN" "FORETYPE_EXPERIMENTS_ADMIN_TOKEN") }}
{{- end }}
{{- end }}

{{/* Variables from the Secret of data: (list $ "FORETYPE_DATA_REDIS"). A pod waits for those that it cannot do without. */}}
{{- define "foretype.dataSecrets" -}}
{{- $secret := (index . 0).Values.data.existingSecret }}
{{- range rest . }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ . }}, optional: {{ not (has . (list "FORETYPE_DATA_REDIS" "FORETYPE_EXPERIMENTS_STORE")) }}}
{{- end }}
{{- end }}

{{- define "foretype.dataMounts" -}}
{{- if include "foretype.dataVolume" . }}
- {name: data, mountPath: /srv/data}
{{- else if include "foretype.dataKeys" . }}
- {name: data-keys, mountPath: /srv/data-keys, readOnly: true}
{{- end }}
{{- end }}

{{- define "foretype.dataVolumes" -}}
{{- if include "foretype.dataVolume" . }}
- name: data
  persistentVolumeClaim: {claimName: {{ include "foretype.dataClaim" . }}}
{{- else if include "foretype.dataKeys" . }}
- name: data-keys
  secret:
    secretName: {{ .Values.data.existingSecret }}
    defaultMode: 0440
    items:
      - {key: master.key, path: master.key}
{{- end }}
{{- end }}

{{- define "foretype.dataClaim" -}}
{{- .Values.data.volume.existingClaim | default (printf "%s-data" (include "foretype.name" .)) }}
{{- end }}
