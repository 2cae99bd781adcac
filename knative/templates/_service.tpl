{{/* Changes a plain Knative Service in place by what the environment says of it. */}}
{{- define "paraphe.service" -}}
{{- $function := get .root.Values.functions .object.metadata.name | default dict }}
{{- $template := .object.spec.template }}
{{- $container := first $template.spec.containers }}
{{- $given := dict "container" $container "spec" $template.spec "function" $function "root" .root }}
{{- include "paraphe.image" $given }}
{{- include "paraphe.settings" $given }}
{{- include "paraphe.identity" $given }}
{{- include "paraphe.scale" (dict "template" $template "scale" (get $function "scale" | default dict)) }}
{{- with get $function "annotations" }}{{ $_ := mergeOverwrite $template.metadata.annotations . }}{{ end }}
{{- with get $function "timeoutSeconds" }}{{ $_ := set $template.spec "timeoutSeconds" . }}{{ end }}
{{- with get $function "resources" }}{{ $_ := mergeOverwrite $container.resources (deepCopy .) }}{{ end }}
{{- with get $function "traffic" }}{{ $_ := set $.object.spec "traffic" . }}{{ end }}
{{- if get $function "public" }}{{ $_ := unset .object.metadata.labels "networking.knative.dev/visibility" }}{{ end }}
{{- end }}

{{/* The image in the environment's registry, by digest if it has one. */}}
{{- define "paraphe.image" -}}
{{- $images := .root.Values.images }}
{{- if $images.registry }}
{{- $name := base .container.image }}
{{- $version := printf ":%s" ($images.tag | default .root.Chart.AppVersion) }}
{{- with get $images.digests $name }}{{ $version = printf "@%s" . }}{{ end }}
{{- $_ := set .container "image" (printf "%s/%s%s" $images.registry $name $version) }}
{{- end }}
{{- end }}

{{/* How many pods, and how much each takes. */}}
{{- define "paraphe.scale" -}}
{{- $keys := dict "min" "min-scale" "max" "max-scale" "utilization" "target-utilization-percentage" "retention" "scale-to-zero-pod-retention-period" "window" "window" }}
{{- range $word, $key := $keys }}
{{- if hasKey $.scale $word }}{{ $_ := set $.template.metadata.annotations (printf "autoscaling.knative.dev/%s" $key) (get $.scale $word | toString) }}{{ end }}
{{- end }}
{{- if hasKey .scale "concurrency" }}{{ $_ := set .template.spec "containerConcurrency" .scale.concurrency }}{{ end }}
{{- end }}

{{/* The secrets with which a node pulls the images, also when Knative looks for their digests. */}}
{{- define "paraphe.account" -}}
{{- range .root.Values.images.pullSecrets }}
{{- $_ := set $.object "imagePullSecrets" (append (get $.object "imagePullSecrets" | default list) (dict "name" .)) }}
{{- end }}
{{- end }}
