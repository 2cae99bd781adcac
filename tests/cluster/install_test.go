//go:build cluster

package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// install does what docs/deploy.md says, step by step.
func (i *installation) install(ctx context.Context) error {
	for _, key := range []string{"KUBECONFIG", "KO_DOCKER_REPO"} {
		if os.Getenv(key) == "" {
			return fmt.Errorf("the setting %s is missing: which cluster, and which registry it pulls from", key)
		}
	}
	for _, step := range []func(context.Context) error{
		i.open, i.build, i.keep, i.releaseBare, i.findRoutes, i.release, i.follow, i.createManager,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (i *installation) open(ctx context.Context) error {
	var err error
	if i.folder, err = os.MkdirTemp("", "paraphe-cluster-"); err != nil {
		return err
	}
	if err := os.Chmod(i.folder, 0o755); err != nil { // the database's user passes through
		return err
	}
	if i.identified, err = identified(ctx); err != nil {
		return err
	}
	if i.domain, err = domain(ctx); err != nil {
		return err
	}
	_, err = kubectl(ctx, "create", "namespace", i.namespace)
	return err
}

// build makes the images, for the architecture of this node.
func (i *installation) build(ctx context.Context) error {
	mains, err := filepath.Glob("../../knative/serve/*")
	if err != nil {
		return err
	}
	args := []string{"build", "-B", "--platform", "linux/" + architecture, "-t", i.tag}
	for _, main := range mains {
		args = append(args, "./"+strings.TrimPrefix(main, "../../"))
	}
	args = append(args, "./knative/local", "./tests/testdata/bare", "./tests/testdata/caller")
	_, err = command(ctx, nil, "ko", args...)
	return err
}

// keep starts the database and makes the secrets.
func (i *installation) keep(ctx context.Context) error {
	var err error
	if i.database, err = openDatabase(ctx, filepath.Join(i.folder, "postgres")); err != nil {
		return err
	}
	text, err := command(ctx, nil, "go", "run", "./knative/keys", "-standins", "-administrator", "administrator@paraphe.example",
		"-database", "postgres://"+i.database.address+"/paraphe?sslmode=disable")
	if err != nil {
		return err
	}
	if i.secrets, err = readSecrets(text); err != nil {
		return err
	}
	if err := i.database.create(ctx, i.secrets["paraphe-persist"]["migration-database-url"]); err != nil {
		return err
	}
	return i.apply(ctx, text)
}

// release installs the chart as it is.
func (i *installation) release(ctx context.Context) error { return i.lay(ctx) }

// lay installs the chart with further values, and waits until everything is ready.
func (i *installation) lay(ctx context.Context, values ...string) error {
	host, port, err := net.SplitHostPort(i.database.address)
	if err != nil {
		return err
	}
	args := []string{"upgrade", "--install", "paraphe", "knative", "-n", i.namespace, "-f", "knative/env/dev.yaml", "-f", "tests/cluster/testdata/values.yaml",
		"--set", "domain=" + i.domain, "--set", "images.registry=" + os.Getenv("KO_DOCKER_REPO"), "--set", "images.tag=" + i.tag,
		"--set", fmt.Sprintf("eventing.identities.enabled=%t,network.gateways={%s},network.database.cidr=%s/32,network.database.port=%s",
			i.identified, i.gateway.namespace, host, port)}
	for _, v := range values {
		args = append(args, "--set", v)
	}
	if _, err := command(ctx, nil, "helm", args...); err != nil {
		return err
	}
	return i.ready(ctx)
}

func (i *installation) ready(ctx context.Context) error {
	return i.await(ctx, "ksvc", "broker", "trigger", "pingsource")
}

// await waits until every object of these kinds is ready; there is one of each.
func (i *installation) await(ctx context.Context, kinds ...string) error {
	for _, kind := range kinds {
		if _, err := kubectl(ctx, "wait", "-n", i.namespace, kind, "--all", "--for=condition=Ready", "--timeout=180s"); err != nil {
			return err
		}
	}
	return nil
}

func (i *installation) releaseBare(ctx context.Context) error {
	text, err := os.ReadFile("testdata/bare.yaml")
	if err != nil {
		return err
	}
	image := os.Getenv("KO_DOCKER_REPO") + "/bare:" + i.tag
	if err := i.apply(ctx, []byte(strings.ReplaceAll(string(text), "IMAGE", image))); err != nil {
		return err
	}
	return i.await(ctx, "ksvc")
}

func (i *installation) follow(ctx context.Context) error {
	var err error
	i.pods, err = follow(ctx, i.namespace)
	return err
}

func (i *installation) apply(ctx context.Context, objects []byte) error {
	_, err := command(ctx, objects, "kubectl", "apply", "-n", i.namespace, "-f", "-")
	return err
}

// createManager makes the manager's account, as the administrator does.
func (i *installation) createManager(ctx context.Context) error {
	email, password, _ := strings.Cut(i.secrets["paraphe-administrator"]["administrator"], ":")
	i.manager = &scenario.Run{
		Addresses: scenario.Addresses{Page: i.outside("frontend"), Mailbox: i.outside("mailbox"), Phone: i.outside("phone")},
		Manager:   scenario.Account{Email: "manager@paraphe.example", Password: rand.Text()}, Patient: true,
	}
	return i.manager.MakeManager(ctx, scenario.Account{Email: email, Password: password})
}

// remove takes everything away, also after half an installation.
func (i *installation) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	_, err := kubectl(ctx, "delete", "namespace", i.namespace, "--ignore-not-found")
	if i.database != nil {
		err = errors.Join(err, i.database.stop())
	}
	if err = errors.Join(err, os.RemoveAll(i.folder)); err != nil {
		fmt.Fprintf(os.Stderr, "not everything of %s could be removed: %v\n", i.namespace, err)
	}
}
