package manifests

import (
	"strings"
	"testing"
)

// TestAWrongValueIsRefusedWithItsPath: a value that nothing reads would change nothing, and nobody would see it.
func TestAWrongValueIsRefusedWithItsPath(t *testing.T) {
	t.Parallel()
	for values, want := range map[string]string{
		"{imagse: {tag: a}}":                                       "at '': additional properties 'imagse' not allowed",
		"{images: {tag: 12}}":                                      "at '/images/tag': got number, want string",
		"{images: {digests: {serve: latest}}}":                     "at '/images/digests/serve'",
		"{functions: {persit: {}}}":                                "at '/functions': additional properties 'persit' not allowed",
		"{functions: {persist: {scales: {}}}}":                     "at '/functions/persist': additional properties 'scales' not allowed",
		"{functions: {persist: {scale: {min: '1'}}}}":              "at '/functions/persist/scale/min': got string, want integer",
		"{functions: {persist: {scale: {maximum: 1}}}}":            "at '/functions/persist/scale': additional properties 'maximum' not allowed",
		"{functions: {persist: {timeoutSeconds: 300}}}":            "at '/functions/persist/timeoutSeconds'",
		"{functions: {persist: {resources: {limits: {disk: 1}}}}}": "at '/functions/persist/resources/limits': additional properties 'disk' not allowed",
		"{functions: {orchestrate: {public: 'yes'}}}":              "at '/functions/orchestrate/public': got string, want boolean",
		"{functions: {persist: {public: true}}}":                   "at '/functions/persist/public': value must be false",
		"{functions: {send-mail: {public: true}}}":                 "at '/functions/send-mail/public': value must be false",
		"{functions: {generate-doc: {public: true}}}":              "at '/functions/generate-doc/public': value must be false",
		"{functions: {persist: {annotations: {min-scale: '1'}}}}":  "at '/functions/persist/annotations'",
		"{functions: {persist: {settings: {LOOK_EVERY: 15}}}}":     "at '/functions/persist/settings/LOOK_EVERY': got number, want string",
		"{functions: {persist: {settings: {LOOK_EVRY: 15m}}}}":     "at '/functions/persist/settings': LOOK_EVRY is no setting of persist",
		"{functions: {persist: {settings: {DATABASE_URL: a}}}}":    "at '/functions/persist/settings': DATABASE_URL is no setting of persist that stands in clear",
		"{settings: {PUBLIC_ULR: a}}":                              "at '/settings': PUBLIC_ULR is no setting of any function",
		"{settings: {log_level: a}}":                               "at '/settings'",
		"{network: {database: {port: postgres}}}":                  "at '/network/database/port': got string, want integer",
		"{addresses: {yousign.mian: 10.0.0.1}}":                    "at '/addresses': there is no knative/manifests/addresses/yousign.mian",
		"{standIns: true}":                                         "at '/standIns': got boolean, want object",
		"{backup: {enabled: 'yes'}}":                               "at '/backup/enabled': got string, want boolean",
		"{backup: {schedul: '0 3 * * *'}}":                         "at '/backup': additional properties 'schedul' not allowed",
		"{backup: {schedule: every night}}":                        "at '/backup/schedule': 'every night' does not match pattern",
		"{backup: {schedule: '0 3 * *'}}":                          "at '/backup/schedule'",
		"{backup: {timeZone: '+2'}}":                               "at '/backup/timeZone'",
		"{backup: {keep: '7'}}":                                    "at '/backup/keep': got string, want integer",
		"{backup: {keep: -1}}":                                     "at '/backup/keep': minimum: got -1, want 0",
		"{backup: {size: 50}}":                                     "at '/backup/size': got number, want string",
		"{backup: {size: 50GB}}":                                   "at '/backup/size'",
		"{backup: {claim: My Claim}}":                              "at '/backup/claim'",
		"{backup: {claim: archive, size: 50Gi}}":                   "at '/backup/size': value must be ''",
		"{backup: {secret: a/b}}":                                  "at '/backup/secret'",
		"{backup: {image: postgres}}":                              "at '/backup/image'",
		"{backup: {deadlineSeconds: 1h}}":                          "at '/backup/deadlineSeconds': got string, want integer",
		"{backup: {history: {failed: -1}}}":                        "at '/backup/history/failed'",
		"{backup: {history: {success: 1}}}":                        "at '/backup/history': additional properties 'success' not allowed",
		"{backup: {resources: {limits: {disk: 1}}}}":               "at '/backup/resources/limits': additional properties 'disk' not allowed",
		"{eventing: {broker: {clas: Kafka}}}":                      "at '/broker': additional properties 'clas' not allowed",
		"{eventing: {broker: {class: Kafak}}}":                     "at '/broker/class'",
		"{eventing: {broker: {delivery: {timeout: PT5S}}}}":        "at '/broker/delivery/timeout'",
		"{eventing: {identities: {enabled: 'on'}}}":                "at '/identities/enabled': got string, want boolean",
		"{eventing: {clock: {schedule: every minute}}}":            "at '/clock/schedule'",
		"{eventing: {triggers: {}}}":                               "at '': additional properties 'triggers' not allowed",
		"{settings: {PUBLIC_URL: '{{ .Values.domian }}'}}":         `no entry for key "domian"`,
	} {
		_, err := rendering{namespace: "paraphe", set: values}.render()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", values, err, want)
		}
	}
}
