// Command frontend is the entry point of its container: it serves the function of that name, and nothing else is in it.
package main

import (
	"github.com/paraphe/paraphe/functions/frontend"
	"github.com/paraphe/paraphe/shared/function"
)

func main() { function.Main(frontend.Manifest, frontend.New) }
