{{/* Puts the environment's namespaces and database in place of the plain ones. */}}
{{- define "paraphe.network" -}}
{{- $network := .root.Values.network }}
{{- range concat .object.spec.ingress .object.spec.egress }}
{{- range concat (get . "from" | default list) (get . "to" | default list) }}
{{- range dig "namespaceSelector" "matchExpressions" list . }}
{{- if and $network.gateways (has "kourier-system" .values) }}{{ $_ := set . "values" (concat (without .values "kourier-system") $network.gateways) }}{{ end }}
{{- if and $network.names (has "kube-system" .values) }}{{ $_ := set . "values" $network.names }}{{ end }}
{{- end }}
{{- end }}
{{- if not (or (hasKey . "from") (hasKey . "to")) }}{{ include "paraphe.database" (dict "rule" . "database" $network.database) }}{{ end }}
{{- end }}
{{- end }}

{{/* The one rule that names no other end is the one to PostgreSQL. */}}
{{- define "paraphe.database" -}}
{{- with .database.port }}{{ $_ := set (first $.rule.ports) "port" . }}{{ end }}
{{- with .database.cidr }}{{ $_ := set $.rule "to" (list (dict "ipBlock" (dict "cidr" .))) }}{{ end }}
{{- end }}
