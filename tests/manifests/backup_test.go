package manifests

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestProductionAloneTakesBackups, and what it takes outlives a release that goes.
func TestProductionAloneTakesBackups(t *testing.T) {
	t.Parallel()
	for _, r := range renderings {
		all := rendered(t, r)
		_, taken := pick(all, "CronJob")["backup"]
		if want := slices.Contains(r.files, "prod"); taken != want {
			t.Errorf("%s: backups are taken: %v", r.name, taken)
		}
		claims := pick(all, "PersistentVolumeClaim")
		if own := taken && !strings.Contains(r.set, theirClaim); own != (len(claims) == 1) {
			t.Errorf("%s: the claims are %v", r.name, claims)
		}
		for name, claim := range claims {
			if claim.text("metadata", "annotations", "helm.sh/resource-policy") != "keep" || claim.text("spec", "resources", "requests", "storage") != "50Gi" {
				t.Errorf("%s: %s: %v", r.name, name, claim)
			}
		}
	}
}

// TestABackupIsTakenAsTheEnvironmentSays: each value reaches its place, and what is not said stays.
func TestABackupIsTakenAsTheEnvironmentSays(t *testing.T) {
	t.Parallel()
	plain := pick(kustomized(t, "knative/backup"), "CronJob")["backup"]
	const place = "{functions: {persist: {secret: theirs}}, backup: {enabled: true, "
	for set, want := range map[string]string{
		"schedule: '0 4 * * 0'":                 "schedule:0 4 * * 0",
		"timeZone: Europe/Paris":                "timeZone:Europe/Paris",
		"suspend: true":                         "suspend:true",
		"keep: 30":                              "map[name:KEEP value:30]",
		"claim: archive":                        "claimName:archive",
		"image: 'registry.example/postgres:18'": "image:registry.example/postgres:18 ",
		"secret: for-backups":                   "secretKeyRef:map[key:backup-database-url name:for-backups]",
		"":                                      "secretKeyRef:map[key:backup-database-url name:theirs]",
		"deadlineSeconds: 7200":                 "activeDeadlineSeconds:7200",
		"history: {successful: 0, failed: 9}":   "failedJobsHistoryLimit:9",
		"history: {failed: 9, successful: 0}":   "successfulJobsHistoryLimit:0",
		"resources: {limits: {memory: 1Gi}}":    "resources:map[limits:map[memory:1Gi] requests:map[cpu:100m memory:64Mi]]",
		"resources: {requests: {cpu: 1, memory: 128Mi}}": "",
	} {
		all, err := rendering{namespace: "paraphe", set: place + set + "}}"}.render()
		if want == "" {
			if err == nil {
				t.Errorf("%s is taken", set)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", set, err)
			continue
		}
		text := fmt.Sprint(pick(all, "CronJob")["backup"])
		if !strings.Contains(text, want) || strings.Contains(fmt.Sprint(plain), want) {
			t.Errorf("%s: no %s in %s", set, want, text)
		}
	}
	all := rendered(t, rendering{namespace: "paraphe", set: "{backup: {enabled: true, storageClass: slow}}"})
	if class := pick(all, "PersistentVolumeClaim")["backups"].text("spec", "storageClassName"); class != "slow" {
		t.Errorf("the claim is of class %q", class)
	}
}

// TestNoTwoBackupsRunAtOnceOrForEver, and a Job that failed is shown with its words.
func TestNoTwoBackupsRunAtOnceOrForEver(t *testing.T) {
	t.Parallel()
	job := pick(kustomized(t, "knative/backup"), "CronJob")["backup"]
	if job.text("spec", "concurrencyPolicy") != "Forbid" || job.at("spec", "jobTemplate", "spec", "activeDeadlineSeconds") == nil ||
		job.at("spec", "startingDeadlineSeconds") == nil || containers(job)[0].text("terminationMessagePolicy") != "FallbackToLogsOnError" {
		t.Errorf("%v", job["spec"])
	}
	if image := containers(job)[0].text("image"); !strings.Contains(image, "@sha256:") {
		t.Errorf("the image %s is not pinned", image)
	}
	if user, _ := podOf(job).at("securityContext", "runAsUser").(float64); user == 0 {
		t.Error("the image's own user is root")
	}
}
