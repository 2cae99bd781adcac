{{/* Changes the plain CronJob that makes backups in place by what the environment says of it. */}}
{{- define "paraphe.backup" -}}
{{- $said := .root.Values.backup }}
{{- $spec := .object.spec }}
{{- $pod := $spec.jobTemplate.spec.template.spec }}
{{- $container := first $pod.containers }}
{{- range $word := list "schedule" "timeZone" "suspend" }}{{ with get $said $word }}{{ $_ := set $spec $word . }}{{ end }}{{ end }}
{{- range $word, $key := dict "successful" "successfulJobsHistoryLimit" "failed" "failedJobsHistoryLimit" }}
{{- if hasKey $said.history $word }}{{ $_ := set $spec $key (get $said.history $word) }}{{ end }}
{{- end }}
{{- with $said.deadlineSeconds }}{{ $_ := set $spec.jobTemplate.spec "activeDeadlineSeconds" . }}{{ end }}
{{- with $said.image }}{{ $_ := set $container "image" . }}{{ end }}
{{- with $said.resources }}{{ $_ := mergeOverwrite $container.resources (deepCopy .) }}{{ end }}
{{- $persist := get .root.Values.functions "persist" | default dict }}
{{- $secret := $said.secret | default (get $persist "secret") }}
{{- range $env := $container.env }}
{{- if hasKey . "valueFrom" }}{{ with $secret }}{{ $_ := set $env.valueFrom.secretKeyRef "name" . }}{{ end }}
{{- else if and (eq .name "KEEP") $said.keep }}{{ $_ := set . "value" (toString $said.keep) }}
{{- end }}
{{- end }}
{{- with $said.claim }}{{ $_ := set (first $pod.volumes).persistentVolumeClaim "claimName" . }}{{ end }}
{{- end }}

{{/* Changes the claim that backups are kept on; there is none where the environment has one already. */}}
{{- define "paraphe.claim" -}}
{{- $said := .root.Values.backup }}
{{- with $said.size }}{{ $_ := set $.object.spec.resources.requests "storage" . }}{{ end }}
{{- with $said.storageClass }}{{ $_ := set $.object.spec "storageClassName" . }}{{ end }}
{{- if $said.claim }}{{ $_ := unset .object "kind" }}{{ end }}
{{- end }}
