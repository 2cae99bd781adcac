package manifests

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// composed reads compose.yaml as docker compose does.
func composed(t *testing.T) *types.Project {
	t.Helper()
	return composedWith(t, types.Mapping{})
}

// composedWith reads it in an environment, with the secrets that `make compose` makes, in a copy of the project's folder
// that has nothing else.
func composedWith(t *testing.T, environment types.Mapping) *types.Project {
	t.Helper()
	dir := t.TempDir()
	file, err := filepath.Abs(filepath.Join(root, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	keys := exec.CommandContext(t.Context(), "go", "run", "./knative/keys", "-administrator", "admin@example.org",
		"-database", "postgres://postgres:5432/paraphe?sslmode=disable", "-env", filepath.Join(dir, ".paraphe", "compose"))
	keys.Dir = root
	if said, err := keys.CombinedOutput(); err != nil {
		t.Fatalf("make the secrets: %v: %s", err, said)
	}
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: file}}, Environment: environment,
	}, func(o *loader.Options) { o.Profiles = []string{"scenario"} })
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// TestTheComposeFileStartsWhatRunsInACluster: the same six functions with the settings that their manifests set.
func TestTheComposeFileStartsWhatRunsInACluster(t *testing.T) {
	t.Parallel()
	project := composed(t)
	outside := []string{"broker", "mailbox", "phone", "postgres", "scenario", "yousign"}
	functions := pick(rendered(t, neutral), "Service")
	if got, want := len(project.Services), len(functions)+len(outside); got != want {
		t.Errorf("%d containers, want %d", got, want)
	}
	for name, manifest := range functions {
		service, there := project.Services[name]
		if !there || service.Build.Args["PROGRAM"] == nil || *service.Build.Args["PROGRAM"] != "knative/serve/"+name {
			t.Errorf("%s is not started, or is another program: %+v", name, service.Build)
			continue
		}
		known := map[string]bool{}
		for _, v := range containers(manifest)[0]["env"].([]any) {
			variable := object(v.(map[string]any))
			known[variable.text("name")] = true
			if must := variable.at("valueFrom", "secretKeyRef"); must != nil && object(must.(map[string]any)).at("optional") == nil {
				if value := service.Environment[variable.text("name")]; value == nil || *value == "" {
					t.Errorf("%s is given no %s", name, variable.text("name"))
				}
			}
		}
		for setting := range service.Environment {
			if common := []string{"BROKER_URL", "PERSIST_URL", "PUBLIC_URL", "LOG_LEVEL"}; !known[setting] && !slices.Contains(common, setting) {
				t.Errorf("%s is given %s, which its manifest does not set", name, setting)
			}
		}
	}
	for _, name := range outside {
		if _, there := project.Services[name]; !there {
			t.Errorf("%s is not started", name)
		}
	}
}

// TestWhatComposeStartsIsConfined as in a cluster, and can be reached from this machine alone.
func TestWhatComposeStartsIsConfined(t *testing.T) {
	t.Parallel()
	for name, service := range composed(t).Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s listens at %q", name, port.HostIP)
			}
		}
		if name == "postgres" {
			if !strings.Contains(service.Image, "@sha256:") {
				t.Errorf("%s is not pinned", service.Image)
			}
			continue
		}
		if !service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"}) || !slices.Equal(service.SecurityOpt, []string{"no-new-privileges:true"}) {
			t.Errorf("%s may do more than it needs", name)
		}
	}
}

// TestASecretReachesTheContainerAsItWasMade: a dollar in it would otherwise be taken for a variable.
func TestASecretReachesTheContainerAsItWasMade(t *testing.T) {
	t.Parallel()
	account := composed(t).Services["persist"].Environment["FIRST_ADMINISTRATOR"]
	if account == nil || !strings.HasPrefix(*account, "admin@example.org:$argon2id$v=19$") {
		t.Errorf("the first account is %v", account)
	}
}

// TestWhoeverHasAMirrorNamesItsImages in the environment; the Dockerfile and compose.yaml have what is taken otherwise.
func TestWhoeverHasAMirrorNamesItsImages(t *testing.T) {
	t.Parallel()
	mirror := types.Mapping{"GO_IMAGE": "mirror/golang", "BASE_IMAGE": "mirror/static", "GOPROXY": "https://mirror", "POSTGRES_IMAGE": "mirror/postgres"}
	for name, service := range composedWith(t, mirror).Services {
		if name == "postgres" {
			if service.Image != mirror["POSTGRES_IMAGE"] {
				t.Errorf("postgres is %s", service.Image)
			}
			continue
		}
		for _, argument := range []string{"GO_IMAGE", "BASE_IMAGE", "GOPROXY"} {
			if given := service.Build.Args[argument]; given == nil || *given != mirror[argument] {
				t.Errorf("%s is built with another %s", name, argument)
			}
		}
	}
	for name, service := range composed(t).Services {
		if service.Build != nil && len(service.Build.Args) != 1 {
			t.Errorf("%s is built with %v though nobody said so", name, service.Build.Args)
		}
	}
}

// TestThePortsCanBeChanged: where a container listens and where it says that it can be found is the same.
func TestThePortsCanBeChanged(t *testing.T) {
	t.Parallel()
	ports := types.Mapping{"PORT": "18080", "MAILBOX_PORT": "18081", "PHONE_PORT": "18082", "SIGNATURE_PORT": "18083"}
	services := composedWith(t, ports).Services
	for name, setting := range map[string]string{"frontend": "PORT", "mailbox": "MAILBOX_PORT", "phone": "PHONE_PORT", "yousign": "SIGNATURE_PORT"} {
		if listens := services[name].Ports; len(listens) != 1 || listens[0].Published != ports[setting] {
			t.Errorf("%s listens at %v", name, listens)
		}
	}
	for name, service := range services {
		for setting, value := range service.Environment {
			if value != nil && strings.Contains(*value, "http://localhost:") && !strings.Contains(*value, "http://localhost:1808") {
				t.Errorf("%s: %s leads to %s", name, setting, *value)
			}
		}
	}
}
