package architecture_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

// mounting is what these tests need of a Service that mounts ConfigMaps.
type mounting struct {
	Kind string `json:"kind"`
	Spec struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Env []struct {
						Name, Value string
					}
					VolumeMounts []struct {
						Name, MountPath, SubPath string
						ReadOnly                 bool
					}
				}
				Volumes []struct {
					Name      string
					ConfigMap struct{ Name string }
				}
			}
		}
	} `json:"spec"`
}

// TestTheAddressListsAreMountedWhereTheyAreRead: the ConfigMap has one name for ever, or a new list would be a new
// revision, and is mounted as a folder, or a new list would never be seen.
func TestTheAddressListsAreMountedWhereTheyAreRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("knative/manifests/receive-webhook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m mounting
	if err := yaml.Unmarshal([]byte(divider.Split(string(text), -1)[1]), &m); err != nil || m.Kind != "Service" {
		t.Fatalf("%s, %v", m.Kind, err)
	}
	pod := m.Spec.Template.Spec
	if len(pod.Volumes) != 1 || len(pod.Containers[0].VolumeMounts) != 1 {
		t.Fatalf("%+v", pod)
	}
	mount := pod.Containers[0].VolumeMounts[0]
	if mount.Name != pod.Volumes[0].Name || !mount.ReadOnly || mount.SubPath != "" {
		t.Errorf("mounted is %+v of %+v", mount, pod.Volumes)
	}
	for _, e := range pod.Containers[0].Env {
		if e.Name == "WEBHOOK_ADDRESS_LISTS" && e.Value != mount.MountPath {
			t.Errorf("the lists are mounted at %s and read at %s", mount.MountPath, e.Value)
		}
	}
	if made := generated(t); !slices.Equal(made[pod.Volumes[0].ConfigMap.Name], []string{"addresses/yousign.main"}) {
		t.Errorf("%s is mounted, made are %v", pod.Volumes[0].ConfigMap.Name, made)
	}
}

// generated lists the files of each ConfigMap that kustomize makes.
func generated(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("knative/manifests/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		ConfigMapGenerator []struct {
			Name    string
			Files   []string
			Options struct{ DisableNameSuffixHash bool }
		}
	}
	if err := yaml.Unmarshal(text, &index); err != nil {
		t.Fatal(err)
	}
	made := map[string][]string{}
	for _, g := range index.ConfigMapGenerator {
		if made[g.Name] = g.Files; !g.Options.DisableNameSuffixHash {
			t.Errorf("the ConfigMap %s changes its name with its content", g.Name)
		}
		for _, file := range g.Files {
			if _, err := os.Stat(filepath.Join("knative/manifests", file)); err != nil {
				t.Error(err)
			}
		}
	}
	return made
}
