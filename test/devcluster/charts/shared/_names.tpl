{{- /* What the real charts call their things: the release's name, with the
chart's behind it where the release's doesn't contain it. */}}
{{- define "fullname" -}}
{{- $name := .Release.Name }}
{{- if not (contains .Chart.Name $name) }}{{ $name = printf "%s-%s" $name .Chart.Name }}{{ end }}
{{- $name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Labels of pods in most charts. */}}
{{- define "labels" -}}
{"app.kubernetes.io/name": {{ .Chart.Name | quote }}, "app.kubernetes.io/instance": {{ .Release.Name | quote }}}
{{- end }}
