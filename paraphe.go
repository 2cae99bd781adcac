// Package paraphe is contract signing as functions that scale to zero. This root package knows them all, and is what
// the func CLI builds: the handler of the function that FUNCTION names. Containers are built from knative/serve.
package paraphe

import (
	"fmt"
	"os"
	"slices"

	"github.com/paraphe/paraphe/functions/frontend"
	generatedoc "github.com/paraphe/paraphe/functions/generate-doc"
	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/functions/persist"
	receivewebhook "github.com/paraphe/paraphe/functions/receive-webhook"
	sendmail "github.com/paraphe/paraphe/functions/send-mail"
	"github.com/paraphe/paraphe/shared/function"
)

// functions is every function: what it promises and how it is made.
var functions = []struct {
	Manifest function.Manifest
	New      func(function.Boot) (*function.Function, error)
}{
	{orchestrate.Manifest, orchestrate.New},
	{persist.Manifest, persist.New},
	{generatedoc.Manifest, generatedoc.New},
	{sendmail.Manifest, sendmail.New},
	{receivewebhook.Manifest, receivewebhook.New},
	{frontend.Manifest, frontend.New},
}

// Manifests lists what every function promises.
func Manifests() []function.Manifest {
	var all []function.Manifest
	for _, r := range functions {
		all = append(all, r.Manifest)
	}
	return all
}

// New makes the server of the function that FUNCTION names; orchestrate, if it is unset. A setting that is missing
// or malformed ends the process with status 1 and one line that names function and setting, before it listens: the
// signature that func asks for has no room for an error.
func New() *function.Server {
	server, err := Open(function.FunctionName())
	if err != nil {
		fmt.Fprintf(os.Stderr, "paraphe: %v\n", err)
		os.Exit(1)
	}
	return server
}

// Open makes the server of the function of this name.
func Open(name string) (*function.Server, error) {
	var known []string
	for _, r := range functions {
		if known = append(known, r.Manifest.Name); r.Manifest.Name == name {
			boot := function.NewBoot(name)
			f, err := r.New(boot)
			if err != nil {
				return nil, err
			}
			return function.NewServer(f, boot), nil
		}
	}
	slices.Sort(known)
	return nil, fmt.Errorf("there is no function %q: FUNCTION is one of %v", name, known)
}
