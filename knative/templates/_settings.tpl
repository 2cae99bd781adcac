{{/* The environment's settings in place of the plain ones, the addresses inside in this namespace, and the Secret's name. */}}
{{- define "paraphe.settings" -}}
{{- $given := merge (dict) (get .function "settings" | default dict) .root.Values.settings }}
{{- range $env := .container.env }}
{{- if hasKey . "valueFrom" }}
{{- $owner := trimPrefix "paraphe-" .valueFrom.secretKeyRef.name }}
{{- with get (get $.root.Values.functions $owner | default dict) "secret" }}{{ $_ := set $env.valueFrom.secretKeyRef "name" . }}{{ end }}
{{- else if hasKey $given .name }}{{ $_ := set . "value" (tpl (get $given .name) $.root) }}
{{- else if eq .name "BROKER_URL" }}{{ $_ := set . "value" (include "paraphe.broker" $.root) }}
{{- else }}{{ $_ := set . "value" (replace ".paraphe.svc." (printf ".%s.svc." $.root.Release.Namespace) .value) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where the Broker takes events. */}}
{{- define "paraphe.broker" -}}
{{ .Values.eventing.broker.ingress }}/{{ .Release.Namespace }}/default
{{- end }}

{{/* A token of the function's own ServiceAccount, made for the Broker alone, at the place where Knative's SinkBinding has it.
     knative/identities/component gives the plain YAML the same. */}}
{{- define "paraphe.identity" -}}
{{- $speaks := false }}
{{- range .container.env }}{{ if eq .name "BROKER_URL" }}{{ $speaks = true }}{{ end }}{{ end }}
{{- if and $speaks .root.Values.eventing.identities.enabled }}
{{- $audience := printf "eventing.knative.dev/broker/%s/default" .root.Release.Namespace }}
{{- $token := dict "audience" $audience "expirationSeconds" 3600 "path" "token" }}
{{- $volume := dict "name" "identity" "projected" (dict "sources" (list (dict "serviceAccountToken" $token))) }}
{{- $_ := set .spec "volumes" (append (get .spec "volumes" | default list) $volume) }}
{{- $mount := dict "name" "identity" "mountPath" "/oidc" "readOnly" true }}
{{- $_ := set .container "volumeMounts" (append (get .container "volumeMounts" | default list) $mount) }}
{{- end }}
{{- end }}

{{/* Refuses settings that no manifest has: they would do nothing, and nobody would see it. */}}
{{- define "paraphe.check" -}}
{{- $all := list }}
{{- range $path, $_ := .Files.Glob "manifests/*.yaml" }}
{{- $names := list }}
{{- range $text := splitList "\n---\n" ($.Files.Get $path) }}
{{- $object := fromYaml $text }}
{{- if eq $object.kind "Service" }}
{{- range (first $object.spec.template.spec.containers).env }}{{ if not (hasKey . "valueFrom") }}{{ $names = append $names .name }}{{ end }}{{ end }}
{{- $function := get $.Values.functions $object.metadata.name | default dict }}
{{- range $name, $_ := get $function "settings" | default dict }}
{{- if not (has $name $names) }}{{ fail (printf "at '/functions/%s/settings': %s is no setting of %s that stands in clear in knative/%s" $object.metadata.name $name $object.metadata.name $path) }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
{{- $all = concat $all $names }}
{{- end }}
{{- range $name, $_ := .Values.settings }}
{{- if not (has $name $all) }}{{ fail (printf "at '/settings': %s is no setting of any function that stands in clear in knative/manifests" $name) }}{{ end }}
{{- end }}
{{- end }}
