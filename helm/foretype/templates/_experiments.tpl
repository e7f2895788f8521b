{{/* Whether API pods that share data have experiments ("true"): one with a volume has them of itself. */}}
{{- define "foretype.experiments" -}}
{{- if .Values.experiments.enabled }}
{{- if not (or .Values.data.volume.enabled .Values.data.existingSecret) }}{{ fail "experiments.enabled: experiments are judged by what is kept of predictions: name a Redis for it in data.existingSecret, or enable data.volume for one API pod" }}{{ end }}
{{- include "foretype.dataShared" . }}
{{- end }}
{{- end }}

{{/* Whether the chart runs who judges them ("true"). */}}
{{- define "foretype.judge" -}}
{{- if and (include "foretype.experiments" .) .Values.experiments.judge.enabled }}
{{- if hasKey .Values.settings "FORETYPE_EXPERIMENTS_LOG" }}{{ fail "settings.FORETYPE_EXPERIMENTS_LOG would have each API pod judge by that folder, too: unset it, or experiments.judge.enabled" }}{{ end -}}
true
{{- end }}
{{- end }}

{{/* Settings as options of a command: (list $ "--look-hours" "FORETYPE_EXPERIMENTS_LOOK_HOURS" ...). What is unset is its default there as well. */}}
{{- define "foretype.options" -}}
{{- $settings := (index . 0).Values.settings }}
{{- range chunk 2 (rest .) }}
{{- $name := last . }}
{{- if hasKey $settings $name }}
- {{ printf "%s=%s" (first .) (include "foretype.text" (get $settings $name)) | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Age at which predictions are judged, as servers reckon it: settled, or watched in vain, and 300 s for clients to report it. */}}
{{- define "foretype.matureSeconds" -}}
{{- $settle := dig "FORETYPE_DATA_SETTLE_SECONDS" 10 .Values.settings }}
{{- $watched := dig "FORETYPE_DATA_SETTLE_TTL_SECONDS" 300 .Values.settings }}
{{- $age := addf (float64 $settle) (float64 $watched) 300 }}
{{- include "foretype.text" (dig "FORETYPE_EXPERIMENTS_MATURE_SECONDS" $age .Values.settings) }}
{{- end }}
