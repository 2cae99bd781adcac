// Command serve is the entry point of the container: it serves the function that FUNCTION names, on PORT.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/paraphe/paraphe"
)

func main() {
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "serve runs one function of Paraphe. FUNCTION names it; its settings come from the environment:")
		for _, m := range paraphe.Manifests() {
			fmt.Fprintf(os.Stderr, "  FUNCTION=%s\n", m.Name)
		}
	}
	flag.Parse()
	if err := paraphe.New().Run(); err != nil {
		fmt.Fprintf(os.Stderr, "paraphe: %v\n", err)
		os.Exit(1)
	}
}
