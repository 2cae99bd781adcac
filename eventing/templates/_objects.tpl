{{/* Lays the environment's class, configuration and delivery over the Broker. */}}
{{- define "eventing.broker" -}}
{{- with .broker.class }}{{ $_ := set $.object.metadata.annotations "eventing.knative.dev/broker.class" . }}{{ end }}
{{- with .broker.config }}{{ $_ := set $.object.spec "config" (deepCopy .) }}{{ end }}
{{- with .broker.delivery }}{{ $_ := mergeOverwrite $.object.spec.delivery (deepCopy .) }}{{ end }}
{{- end }}

{{/* A policy knows a function by its ServiceAccount in this namespace. */}}
{{- define "eventing.policy" -}}
{{- range .object.spec.from }}
{{- if hasKey . "sub" }}{{ $_ := set . "sub" (replace ":paraphe:" (printf ":%s:" $.namespace) .sub) }}{{ end }}
{{- end }}
{{- end }}
