// Command orchestrate is the entry point of its container: it serves the function of that name, and nothing else is in it.
package main

import (
	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/shared/function"
)

func main() { function.Main(orchestrate.Manifest, orchestrate.New) }
