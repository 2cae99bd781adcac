// Command generate-doc is the entry point of its container: it serves the function of that name, and nothing else is in it.
package main

import (
	generatedoc "github.com/paraphe/paraphe/functions/generate-doc"
	"github.com/paraphe/paraphe/shared/function"
)

func main() { function.Main(generatedoc.Manifest, generatedoc.New) }
