package main

import (
	"context"
	"os"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/shared/function"
)

// serveFake serves one fake, or the broker, until it is told to stop.
func serveFake(name string) error {
	boot := function.NewBoot(name)
	f, err := devstack.Servers[name](boot)
	if err != nil {
		return err
	}
	f.Manifest.Name = name
	return function.NewServer(f, boot).Run()
}

// playScenario plays one contract against whatever the settings name.
func playScenario(ctx context.Context) error {
	return devstack.PlayScenario(ctx, function.NewBoot("scenario"), os.Stdout)
}
