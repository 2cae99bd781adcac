// Command receive-webhook is the entry point of its container: it serves the function of that name, and nothing else is in it.
package main

import (
	receivewebhook "github.com/paraphe/paraphe/functions/receive-webhook"
	"github.com/paraphe/paraphe/shared/function"
)

func main() { function.Main(receivewebhook.Manifest, receivewebhook.New) }
