package tests

import (
	"testing"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// Whoever finds a running stack, as `make demo` does, can log in that very moment.
func TestDocumentedAccountsCanLogIn(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	loggedIn := make(chan error, 1)
	open(t, func(o *devstack.Options) {
		dir := o.Dir
		go func() {
			var found devstack.Run
			err := scenario.Await(ctx, func() bool {
				var err error
				found, err = devstack.ReadRun(dir)
				return err == nil
			})
			if err == nil {
				err = reporter(&devstack.Stack{Run: found}, 1).UpTo(ctx, scenario.LoggedIn)
			}
			loggedIn <- err
		}()
	})
	if err := <-loggedIn; err != nil {
		t.Error(err)
	}
}
