//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The manifests as they stand go where they say, and nowhere else.
const plainNamespace = "paraphe"

// The chart is not the only way: the same scenario is played by what `kubectl kustomize | ko apply` installs, and again with
// orchestrate as the func CLI builds and deploys it.
func TestOtherDeploymentsPlayTheSameScenario(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	plain := &installation{namespace: plainNamespace, domain: here.domain, gateway: here.gateway}
	if err := plain.open(ctx); err != nil {
		t.Fatal(err)
	}
	defer plain.remove()
	if err := plain.keep(ctx); err != nil {
		t.Fatal(err)
	}
	if err := plain.applyPlain(ctx); err != nil {
		t.Fatal(err)
	}
	if err := plain.createManager(ctx); err != nil {
		t.Fatal(err)
	}
	play(ctx, t, plain, 0)
	t.Run("func", func(t *testing.T) {
		if plain.identified {
			t.Skip("this cluster's Brokers want to know who speaks, and func knows no token to mount")
		}
		if _, err := exec.LookPath("func"); err != nil {
			t.Skip("the func CLI is not in PATH: https://knative.dev/docs/functions/install-func/")
		}
		if err := plain.deployByFunc(ctx, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		play(ctx, t, plain, 1)
	})
}

func play(ctx context.Context, t *testing.T, i *installation, n int) {
	t.Helper()
	if err := i.manager.MoveTo(ctx, i.manager.Addresses); err != nil {
		t.Fatal(err)
	}
	end, err := i.manager.Next(customer(90000 + n)).Play(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("send to notification %s, signature to completed %s", end.SendToMail, end.SignToDone)
}

// localise says in the plain YAML what knative/env says in the chart: where this cluster is, and what is played inside.
func (i *installation) localise(text []byte) string {
	_, port, _ := net.SplitHostPort(i.database.address)
	return strings.NewReplacer(
		"kourier-system", i.gateway.namespace,
		"port: 5432", "port: "+port,
		"https://api-sandbox.yousign.app/v3", i.inside("yousign")+"/v3",
		"https://api.sendgrid.com", i.inside("mailbox"),
		"https://yousign.paraphe.example", i.outside("yousign"),
		"https://paraphe.example", i.outside("frontend"),
		"127.0.0.0/8,::1/128", "127.0.0.0/8,::1/128,10.0.0.0/8",
		"https://yousign.app", i.outside("yousign"),
		"57.130.41.144/28", "10.0.0.0/8", // yousign calls from inside
	).Replace(string(text))
}

// docsSay is docs/deploy.md's command that begins so; if there is none, one that says so and fails.
func docsSay(beginning string) string {
	page, _ := os.ReadFile("../../docs/deploy.md")
	_, rest, found := strings.Cut(string(page), "\n    "+beginning)
	if !found {
		return "echo 'docs/deploy.md says nothing that begins with " + beginning + "' >&2; exit 1"
	}
	line, _, _ := strings.Cut(rest, "#")
	return beginning + strings.TrimSpace(line)
}

// applyPlain is `kubectl kustomize knative | ko apply`, or of knative/identities where Brokers want to know who speaks, with
// the stand-ins and their addresses.
func (i *installation) applyPlain(ctx context.Context) error {
	index := "knative"
	if i.identified {
		index = "knative/identities"
	}
	_, apply, _ := strings.Cut(docsSay("kubectl kustomize "+index+" "), "| ")
	for _, folder := range []string{index, "knative/standins"} {
		text, err := kubectl(ctx, "kustomize", folder)
		if err != nil {
			return err
		}
		if _, err := command(ctx, []byte(i.localise(text)), "sh", "-c", "KO_DEFAULTPLATFORMS=linux/"+architecture+" "+apply); err != nil {
			return err
		}
	}
	return i.ready(ctx)
}

// deployByFunc builds and deploys what func.yaml says, from a clean copy: func takes the whole folder into the image.
func (i *installation) deployByFunc(ctx context.Context, dir string) error {
	if _, err := command(ctx, nil, "sh", "-c", `git ls-files -z | tar -c --null -T - | tar -x -C "$0"`, dir); err != nil {
		return err
	}
	file := filepath.Join(dir, "func.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(i.localise(text)), 0o600); err != nil {
		return err
	}
	registry := os.Getenv("KO_DOCKER_REPO") + "/by-func"
	with := fmt.Sprintf("cd %s && export FUNC_REGISTRY=%s FUNC_NAMESPACE=%s && ", dir, registry, i.namespace)
	if _, err := command(ctx, nil, "sh", "-c", with+docsSay("export GOFLAGS=")); err != nil {
		return err
	}
	return i.builtByFunc(ctx, registry)
}

// builtByFunc makes sure that the image which serves is func's, so that nothing else played the scenario.
func (i *installation) builtByFunc(ctx context.Context, registry string) error {
	if err := i.ready(ctx); err != nil {
		return err
	}
	image, err := kubectl(ctx, "get", "ksvc", "orchestrate", "-n", i.namespace, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
	if err == nil && !strings.HasPrefix(string(image), registry) {
		err = fmt.Errorf("orchestrate is of the image %s", image)
	}
	return err
}
