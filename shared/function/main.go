package function

import (
	"fmt"
	"os"
)

// Main serves one function until it is told to stop: all that its container's main does. A setting that is missing or
// malformed ends the process with status 1 and one line that names function and setting, before it listens.
func Main(m Manifest, build func(Boot) (*Function, error)) {
	done, err := answerFlag(os.Args[1:], m, os.Stdout)
	if err == nil && !done {
		err = run(m, build)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "paraphe: %v\n", err)
		os.Exit(1)
	}
}

func run(m Manifest, build func(Boot) (*Function, error)) error {
	boot := NewBoot(m.Name)
	f, err := build(boot)
	if err != nil {
		return err
	}
	return NewServer(f, boot).Run()
}
