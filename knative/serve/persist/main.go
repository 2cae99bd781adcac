// Command persist is the entry point of its container: it serves the function of that name, and nothing else is in it.
package main

import (
	"github.com/paraphe/paraphe/functions/persist"
	"github.com/paraphe/paraphe/shared/function"
)

func main() { function.Main(persist.Manifest, persist.New) }
