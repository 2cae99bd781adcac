package tests

import (
	"testing"

	"github.com/paraphe/paraphe/knative/local/story"
	"github.com/paraphe/paraphe/knative/local/town"
)

// Whoever finds a running town, as `make demo` does, can log in that very moment.
func TestWhoeverFindsTheTownCanLogIn(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	loggedIn := make(chan error, 1)
	open(t, func(o *town.Options) {
		dir := o.Dir
		go func() {
			var found town.Run
			err := story.Await(ctx, func() bool {
				var err error
				found, err = town.ReadRun(dir)
				return err == nil
			})
			if err == nil {
				err = teller(&town.Town{Run: found}, 1).UpTo(ctx, story.LoggedIn)
			}
			loggedIn <- err
		}()
	})
	if err := <-loggedIn; err != nil {
		t.Error(err)
	}
}
